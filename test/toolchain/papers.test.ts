/** The papers say what the code does: tables, commands, codes, links and test names are held against it. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { repositoryFiles } from '../../scripts/lib/files.js';
import { formatDuration } from '../../src/domain/duration.js';
import { ERRORS } from '../../src/domain/errors.js';
import { DEFAULT_GATE_POLICIES, NEVER_DECLARED_BY_DEFAULT } from '../../src/domain/gate-policy.js';
import { VERDICT_CODES } from '../../src/domain/verdict-code.js';
import { VERDICT_TABLE } from '../../src/domain/verdict/table.js';
import { SIGNAL_NAMES } from '../../src/workflows/inbox.js';
import { shell } from '../unit/cli/support.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const papers = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'AGENTS.md',
  'CHANGELOG.md',
  ...['architecture', 'gates', 'glossary', 'kubernetes', 'limits', 'metrics', 'patroni', 'runbook'].map((name) => `docs/${name}.md`),
];
const cells = (...values: readonly string[]): string => `| ${values.join(' | ')} |`;

describe('docs/gates.md', () => {
  const page = read('docs/gates.md');

  test('has the table of gates as it is by default', () => {
    const rows = Object.values(DEFAULT_GATE_POLICIES).map((each) =>
      cells(
        `\`${each.gate}\``,
        String(each.people),
        each.roles.join(', '),
        each.starterMayDecide ? 'yes' : 'no',
        each.attestation,
        formatDuration(each.deadlineMs),
        `\`${each.onSilence}\``,
        each.nextPerson,
        each.lastResort,
      ),
    );
    expect(page).toContain(rows.join('\n'));
  });

  test('has every answer with what it does', () => {
    const rows = Object.values(DEFAULT_GATE_POLICIES).flatMap((each) =>
      each.options.map((option) => cells(`\`${each.gate}\``, `\`${option.name}\``, option.safe ? 'yes' : '', option.does)),
    );
    expect(page).toContain(rows.join('\n'));
  });

  test('names the gates at which a typed name does not count on an armed store', () => {
    expect(page).toContain(NEVER_DECLARED_BY_DEFAULT.map((gate) => `\`${gate}\``).join(', '));
  });
});

test('docs/runbook.md has the table of verdicts in its order', () => {
  const rows = VERDICT_CODES.map((code) =>
    cells(`\`${code}\``, VERDICT_TABLE[code].title, VERDICT_TABLE[code].step, formatDuration(VERDICT_TABLE[code].holdOffMs)),
  );
  expect(read('docs/runbook.md')).toContain(rows.join('\n'));
});

test('docs/runbook.md names every signal', () => {
  const page = read('docs/runbook.md');
  expect(SIGNAL_NAMES.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test('the configuration shown in README.md is examples/holdfast.yaml', () => {
  expect(read('README.md')).toContain(`\`\`\`yaml\n${read('examples/holdfast.yaml').trimEnd()}\n\`\`\``);
});

test('the table of verbs in README.md is complete and names no other verb', async () => {
  const terminal = await shell();
  await terminal.run('--help');
  const commands = terminal.out.join('\n').split('Commands:')[1]?.split('\n\n')[0] ?? '';
  const real = [...commands.matchAll(/^  ([a-z]+)/gm)].map((found) => found[1] ?? '').filter((verb) => verb !== 'help');
  const told = [...read('README.md').matchAll(/^\| ((?:`[a-z]+`(?:, )?)+) \|/gm)].flatMap(([, names = '']) => names.match(/[a-z]+/g) ?? []);
  expect(told.toSorted()).toEqual(real.toSorted());
});

test('every promise in docs/architecture.md names tests that exist', () => {
  const tests = repositoryFiles(root)
    .filter((file) => file.startsWith('test/') && file.endsWith('.ts'))
    .map(read)
    .join('\n');
  const table = read('docs/architecture.md').split('## Promises')[1] ?? '';
  const promises = [...table.matchAll(/^\| (S\d+) /gm)].map((found) => found[1]);
  expect(promises).toEqual(Array.from({ length: 15 }, (_, index) => `S${index + 1}`));
  const named = [...table.matchAll(/`((?:promise S\d+|situation|bad input)[^`]*)`/g)].map((found) => found[1] ?? '');
  expect(named.filter((name) => !tests.includes(name.replaceAll("'", String.raw`\'`)) && !tests.includes(name))).toEqual([]);
});

describe.each(papers)('%s', (paper) => {
  const page = read(paper);

  test('links to what exists', () => {
    const links = [...page.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((found) => found[1] ?? '');
    expect(links.filter((link) => !existsSync(path.join(root, path.dirname(paper), link)))).toEqual([]);
  });

  test('names files, error codes and make targets that exist', () => {
    const files = [...page.matchAll(/`((?:src|lab|test|docs|examples|scripts|schemas|migrations)\/[\w./-]+)`/g)].map(
      (found) => found[1] ?? '',
    );
    expect(files.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
    expect([...page.matchAll(/\b(HF_[A-Z_]+[A-Z])\b/g)].map((found) => found[1] ?? '').filter((code) => !(code in ERRORS))).toEqual([]);
    const targets = [...page.matchAll(/`make ([a-z-]+)/g)].map((found) => found[1] ?? '');
    expect(targets.filter((target) => !new RegExp(`^${target}:`, 'm').test(read('Makefile')))).toEqual([]);
  });
});
