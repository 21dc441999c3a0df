import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createJsonlArchive } from '../../src/adapters/jsonl/archive.js';
import { describeArchiveConformance } from './archive.suite.js';
import type { ArchiveWorld } from './archive.suite.js';
import { errorOf, realScope, realTime } from './harness.js';
import { tempFolder } from './temp-folder.js';

async function open(): Promise<ArchiveWorld> {
  const folder = await tempFolder();
  const root = path.join(folder.dir, 'archive');
  return {
    ...realTime(folder.remove),
    port: createJsonlArchive({ folder: root }),
    async damage(series) {
      const file = path.join(root, 'series', `${series}.jsonl`);
      // One digit of the second record: still JSON, no longer what was written.
      await writeFile(file, (await readFile(file, 'utf8')).replace('{"n":2}', '{"n":7}'));
    },
    async fill() {
      // A file where the folder should be: no user, root included, can store below it.
      await rm(root, { recursive: true, force: true });
      await writeFile(root, '');
    },
  };
}

describeArchiveConformance('jsonl, in a folder', { open });

describe('jsonl archive', () => {
  test('a line torn by a crash is closed, named, and hides nothing', async () => {
    const folder = await tempFolder();
    try {
      const archive = createJsonlArchive({ folder: folder.dir });
      const file = path.join(folder.dir, 'series', 's.jsonl');
      await archive.append('s', 'one', { n: 1 }, realScope());
      await archive.append('s', 'two', { n: 2 }, realScope());
      await writeFile(file, (await readFile(file, 'utf8')).slice(0, -9));
      await archive.append('s', 'two', { n: 2 }, realScope());
      const found = await archive.series('s', realScope());
      expect(found.records).toEqual([{ n: 1 }, { n: 2 }]);
      expect(found.damaged).toEqual([expect.stringContaining('s, line 2')]);
    } finally {
      await folder.remove();
    }
  });

  test('two processes that append one id leave one record', async () => {
    const folder = await tempFolder();
    try {
      const [one, other] = [createJsonlArchive({ folder: folder.dir }), createJsonlArchive({ folder: folder.dir })];
      await Promise.all([one.append('s', 'id', { n: 1 }, realScope()), other.append('s', 'id', { n: 1 }, realScope())]);
      expect(await one.series('s', realScope())).toEqual({ records: [{ n: 1 }], damaged: [] });
    } finally {
      await folder.remove();
    }
  });

  test.each(['.hidden', 'a/.b', '.', 'a/..'])('the name %j is refused: temporary files begin with a dot', async (name) => {
    const folder = await tempFolder();
    try {
      expect((await errorOf(createJsonlArchive({ folder: folder.dir }).put(name, 'x', realScope()))).code).toBe('HF_ARCHIVE_FAILED');
      expect(await readdir(folder.dir)).toEqual([]);
    } finally {
      await folder.remove();
    }
  });

  test('nothing temporary is left behind', async () => {
    const folder = await tempFolder();
    try {
      const archive = createJsonlArchive({ folder: folder.dir });
      await archive.put('a/b', 'x', realScope());
      await archive.put('a/b', 'x', realScope());
      expect(await readdir(path.join(folder.dir, 'documents', 'a'))).toEqual(['b']);
    } finally {
      await folder.remove();
    }
  });
});
