import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createExecConfigSource } from '../../src/adapters/exec/config-source.js';
import { describeConfigSourceConformance } from './config-source.suite.js';
import type { ConfigSourceWorld } from './config-source.suite.js';
import { CANARY, realTime } from './harness.js';
import { tempFolder } from './temp-folder.js';

const TARGET = { host: 'db-a.example.test', port: 5432 };
const OTHER = { host: '127.4.4.4', port: 65_001 };

/** A DSN whose password must be kept in its escaped form. */
const dsn = (target: string): string =>
  `postgresql+psycopg://geosync:${CANARY}%2F%40@${target}/geosync?sslmode=verify-full&application_name=geosync-kill-switch`;

/** Text before and after the DSN's line, ugly on purpose: comments, blank lines, Windows line ends, a key that only looks alike. */
const before = `# settings of the API\r\n\n  export OTHER='a "b" c'\nDSN_OLD=postgresql://x@${TARGET.host}:1/x\n`;
const after = `\n; the end\nEMPTY=\nLAST=no newline`;

interface Form {
  readonly name: string;
  readonly options: { readonly key: string; readonly path?: readonly string[]; readonly format?: 'json' | 'yaml' };
  readonly line: (target: string) => string;
}

const FORMS: readonly Form[] = [
  { name: 'plain key', options: { key: 'KS__DSN' }, line: (target) => `KS__DSN=${dsn(target)}` },
  { name: 'plain key in quotes', options: { key: 'KS__DSN' }, line: (target) => `export KS__DSN="${dsn(target)}"  ` },
  {
    name: 'path inside a JSON document',
    options: { key: 'KS', path: ['db', 'dsn'] },
    line: (target) => `KS='{ "db": {"tls":{"ca_file":"/x"} , "dsn":"${dsn(target)}"}, "min_pool_size": 1.0 }'`,
  },
  {
    name: 'path inside a YAML document',
    options: { key: 'KS', path: ['db', 'dsn'], format: 'yaml' },
    line: (target) => `KS='{db: {tls: {ca_file: /x}, dsn: "${dsn(target)}"}, pool: 1 }'`,
  },
];

function openForm(form: Form): () => Promise<ConfigSourceWorld> {
  return async () => {
    const folder = await tempFolder();
    const file = path.join(folder.dir, 'geosync.env');
    await writeFile(file, before + form.line(`${TARGET.host}:${TARGET.port}`) + after, { mode: 0o640 });
    const content = (): Promise<string> => readFile(file, 'utf8');
    const found = (text: string): RegExpExecArray => {
      const match = /%40@([^:/]+):(\d+)\//.exec(text);
      if (match === null) throw new Error('the DSN is gone');
      return match;
    };
    return {
      ...realTime(folder.remove),
      port: createExecConfigSource({ file, ...form.options }),
      target: TARGET,
      other: OTHER,
      async pointsAt() {
        const [, host = '', port = ''] = found(await content());
        return { host, port: Number(port) };
      },
      async rest() {
        const text = await content();
        const [whole] = found(text);
        return text.replace(whole, '%40@…/');
      },
      changeBySomebody: () => appendFile(file, '\nNEW=1\n'),
      async garble() {
        const text = await content();
        await writeFile(file, text.replace(/postgresql\+psycopg:\/\/geosync:/, `${CANARY} is no dsn`));
      },
      takeAway: () => rm(file),
    };
  };
}

for (const form of FORMS) describeConfigSourceConformance(`environment file, ${form.name}`, { open: openForm(form) });
