import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildProgram } from '../../../src/cli/program.js';
import { realContext } from '../../../src/cli/real-context.js';
import { parseConfig } from '../../../src/config/load.js';
import { clientDouble, shell } from './support.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'holdfast-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('help', () => {
  test('is no error, and teaches the first hour and the exit codes', async () => {
    const cli = await shell();
    expect(await cli.run('--help')).toBe(0);
    expect(cli.out.join()).toMatch(/A first hour:[\s\S]*holdfast init[\s\S]*Exit codes:[\s\S]*10 {2}for run --wait/);
  });

  test('every verb has examples', async () => {
    const program = buildProgram(realContext(new AbortController().signal));
    const verbs = program.commands
      .flatMap((command) =>
        command.commands.length > 0 ? command.commands.map((sub) => [command.name(), sub.name()]) : [[command.name()]],
      )
      .filter(([name]) => name !== 'help');
    for (const words of verbs) {
      const cli = await shell();
      expect(await cli.run(...words, '--help'), words.join(' ')).toBe(0);
      expect(cli.out.join(), words.join(' ')).toContain(`$ `);
    }
  });

  test.each([[['frobnicate']], [['status', '--frobnicate']], [['abort', 'kill-switch']], [['status', '--output', 'xml']]])(
    '%o is wrong usage',
    async (words) => {
      const cli = await shell({ client: clientDouble() });
      expect(await cli.run(...words)).toBe(2);
      expect(cli.err.join()).toContain('error:');
    },
  );
});

describe('init', () => {
  test('writes a first configuration that is valid, and never overwrites one', async () => {
    const file = path.join(folder, 'holdfast.yaml');
    const cli = await shell();
    expect(await cli.run('init', '--file', file)).toBe(0);
    expect(Object.keys(parseConfig(await readFile(file, 'utf8'), file).config.stores)).toEqual(['kill-switch']);
    expect(await cli.run('init', '--file', file)).toBe(2);
    expect(cli.err.join()).toContain('not overwritten');
  });

  test('makes a signing key whose public half can be pinned', async () => {
    const file = path.join(folder, 'ana.pem');
    const cli = await shell();
    expect(await cli.run('init', '--key', file, '-o', 'json')).toBe(0);
    const made = JSON.parse(cli.out.join()) as { readonly publicKey: string };
    expect(cli.out.join() + cli.err.join()).not.toContain('PRIVATE');
    expect(await readFile(file, 'utf8')).toContain('PRIVATE KEY');
    const pinned = await shell({
      configText: (text) => text.replace(/id: ana-laptop, publicKey: \S+/, `id: ana-laptop, publicKey: ${made.publicKey}`),
    });
    expect(await pinned.run('config', 'validate')).toBe(0);
  });
});

describe('config', () => {
  test('a wrong file is exit code 2 and every problem is a line', async () => {
    const cli = await shell({ configText: (text) => text.replace('database: geosync', 'databse: geosync') });
    expect(await cli.run('config', 'validate')).toBe(2);
    expect(cli.err[0]).toMatch(
      /^HF_CONFIG_INVALID: .* 2 problems in [\s\S]*\n {2}stores\.kill-switch\.cluster\.database: is missing — add it[\s\S]*\nNext: /,
    );
  });

  test('show names the origin of each value; schema is a JSON Schema', async () => {
    const cli = await shell();
    expect(await cli.run('config', 'show')).toBe(0);
    expect(cli.out.join()).toMatch(/stores\.kill-switch\.environment +file +production/);
    cli.out.splice(0);
    expect(await cli.run('config', 'schema')).toBe(0);
    expect(JSON.parse(cli.out.join())).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      required: ['schema', 'stores'],
    });
  });
});

test('policy show prints the closed table with what each answer does', async () => {
  const cli = await shell();
  expect(await cli.run('policy', 'show')).toBe(0);
  expect(cli.out.join()).toMatch(/promote +1 +on-call +yes +signed +15 min +reject/);
  expect(cli.out.join()).toContain('reject (safe: one person, no code)');
  const loud = await shell({ configText: (text) => text.replace('acceptDeclared: false', 'acceptDeclared: true') });
  await loud.run('policy', 'show');
  expect(loud.out.join()).toContain('accepts typed names (declared) at every gate');
});

test('adapters are listed with what the stores’ own declare', async () => {
  const cli = await shell();
  expect(await cli.run('adapters')).toBe(0);
  expect(cli.out.join()).toContain('"kind":"postgres","promote":"read-back"');
});

test('a literal password for migrate is refused and not repeated', async () => {
  const cli = await shell();
  expect(await cli.run('migrate', 'up', '--store', 'kill-switch', '--role', 'owner', '--password', 'canary-pass')).toBe(2);
  expect(cli.err.join()).toContain('--password is not a reference');
  expect(cli.err.join() + cli.out.join()).not.toContain('canary-pass');
});

test('temporal setup says what it did', async () => {
  const cli = await shell({ client: clientDouble() });
  expect(await cli.run('temporal', 'setup')).toBe(0);
  expect(cli.out).toEqual(['search attribute HoldfastStore registered']);
});

test.each(['bash', 'zsh', 'fish'])('completion for %s knows verbs and their options', async (name) => {
  const cli = await shell();
  expect(await cli.run('completion', name)).toBe(0);
  expect(cli.out.join()).toMatch(/approve[\s\S]*evidence|approve[\s\S]*code/);
});

test('check of the configuration says what was not asked', async () => {
  const cli = await shell();
  expect(await cli.run('check')).toBe(0);
  expect(cli.out.join()).toContain('The nodes were not asked: holdfast check --store kill-switch');
});

test('check of the installation', async () => {
  const cli = await shell();
  expect(await cli.run('check', '--install', '-o', 'json')).toBe(0);
  expect(JSON.parse(cli.out.join())).toMatchObject({ summary: { fail: 0 } });
});

test('gateway without a source is refused', async () => {
  const cli = await shell({ configText: (text) => text.replace(/ {2}sources:\n( {4}.*\n)+/, '') });
  expect(await cli.run('gateway')).toBe(2);
  expect(cli.err.join()).toContain('gateway.sources');
});
