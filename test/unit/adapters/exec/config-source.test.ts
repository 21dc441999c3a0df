import { chmod, lstat, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createExecConfigSource } from '../../../../src/adapters/exec/config-source.js';
import { replaceVersioned } from '../../../../src/adapters/exec/env-file-store.js';
import { CANARY, errorOf, realScope } from '../../../conformance/harness.js';
import { tempFolder } from '../../../conformance/temp-folder.js';

const DSN = `postgresql+psycopg://geosync:${CANARY}@a.test:5432/geosync`;
const B = { host: 'b.test', port: 5433 };

async function inFolder(work: (dir: string, file: string) => Promise<void>): Promise<void> {
  const folder = await tempFolder();
  try {
    const file = path.join(folder.dir, 'app.env');
    await writeFile(file, `KS=${DSN}\n`);
    await work(folder.dir, file);
  } finally {
    await folder.remove();
  }
}

async function point(file: string, key = 'incident-1/1/move/1'): Promise<unknown> {
  const source = createExecConfigSource({ file, key: 'KS' });
  const { version } = await source.read(realScope());
  return source.point(B, version, realScope({ key }));
}

describe('environment file', () => {
  test('keeps its mode and owner; the old value lies beside it, for its owner alone', async () => {
    await inFolder(async (dir, file) => {
      await chmod(file, 0o640);
      const { uid, gid } = await stat(file);
      await point(file);
      const after = await stat(file);
      expect([after.mode & 0o7777, after.uid, after.gid]).toEqual([0o640, uid, gid]);
      const others = (await readdir(dir)).filter((name) => name !== 'app.env');
      expect(others).toEqual([expect.stringMatching(/^\.app\.env\.holdfast-[0-9a-f]{12}$/)]);
      const backup = path.join(dir, others[0]!);
      expect((await stat(backup)).mode & 0o777).toBe(0o600);
      expect(await readFile(backup, 'utf8')).toBe(DSN);
    });
  });

  test('a second attempt of one effect keeps the first backup; another effect gets its own', async () => {
    await inFolder(async (dir, file) => {
      await point(file);
      await point(file);
      expect(await readdir(dir)).toHaveLength(2);
      const source = createExecConfigSource({ file, key: 'KS' });
      await source.point({ host: 'c.test', port: 1 }, (await source.read(realScope())).version, realScope({ key: 'incident-1/2/move/1' }));
      expect(await readdir(dir)).toHaveLength(3);
    });
  });

  test('a change that was refused leaves nothing beside the file', async () => {
    await inFolder(async (dir, file) => {
      const source = createExecConfigSource({ file, key: 'KS' });
      expect((await errorOf(source.point(B, 'another version', realScope()))).code).toBe('HF_CONFLICT');
      expect(await readdir(dir)).toEqual(['app.env']);
    });
  });

  test('a change by somebody between the reading and the replacing is seen just before the rename', async () => {
    await inFolder(async (dir, file) => {
      const before = await readFile(file, 'utf8');
      const change = { file, ifVersion: 'read before they changed it', text: 'KS=other\n', backup: DSN, key: 'incident-1/1/move/1' };
      expect((await errorOf(replaceVersioned(change))).code).toBe('HF_CONFLICT');
      expect(await readFile(file, 'utf8')).toBe(before);
      expect(await readdir(dir)).toEqual(['app.env']);
    });
  });

  test('what a killed process left behind is taken away by the next change', async () => {
    await inFolder(async (dir, file) => {
      await writeFile(path.join(dir, '.app.env.holdfast-tmp-0123'), DSN);
      await writeFile(path.join(dir, '.other.env.holdfast-tmp-0123'), 'not ours');
      await point(file);
      const names = await readdir(dir);
      expect(names.filter((name) => name.includes('tmp-'))).toEqual(['.other.env.holdfast-tmp-0123']);
    });
  });

  test('a link to the file stays a link', async () => {
    await inFolder(async (dir, file) => {
      const link = path.join(dir, 'link.env');
      await symlink(file, link);
      await point(link);
      expect((await lstat(link)).isSymbolicLink()).toBe(true);
      expect(await readFile(file, 'utf8')).toContain('@b.test:5433/');
    });
  });

  test('a file that is not UTF-8 is not touched', async () => {
    await inFolder(async (_dir, file) => {
      await writeFile(file, Buffer.concat([Buffer.from(`KS=${DSN}\nNAME=`), Buffer.from([0xff, 0xfe])]));
      expect((await errorOf(point(file))).code).toBe('HF_CONFIG_UNREADABLE');
    });
  });

  test('a byte order mark stays', async () => {
    await inFolder(async (_dir, file) => {
      await writeFile(file, `\uFEFF# head\nKS=${DSN}\n`);
      await point(file);
      expect((await readFile(file, 'utf8')).startsWith('\uFEFF# head\nKS=')).toBe(true);
    });
  });

  test('a key that is not there is named', async () => {
    await inFolder(async (_dir, file) => {
      const error = await errorOf(createExecConfigSource({ file, key: 'MISSING' }).read(realScope()));
      expect(error.message).toContain('MISSING');
    });
  });
});
