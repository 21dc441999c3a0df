import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { isManaged } from '../../../src/config/declarations.js';
import { loadConfig, parseConfig } from '../../../src/config/load.js';
import { HoldfastError } from '../../../src/domain/errors.js';

const first = fileURLToPath(new URL('../../../examples/holdfast.yaml', import.meta.url));
const full = fileURLToPath(new URL('../../../examples/holdfast.full.yaml', import.meta.url));
const stack = fileURLToPath(new URL('../../../examples/holdfast.patroni-kubernetes.yaml', import.meta.url));

/** The error of a text that must not be valid. */
function refusal(text: string): HoldfastError {
  try {
    parseConfig(text, 'test.yaml');
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw error;
  }
  throw new Error('the text was accepted');
}

/** The first example with one replacement. */
async function changed(from: string, to: string): Promise<string> {
  const text = await readFile(first, 'utf8');
  expect(text, `the example no longer holds ${from}`).toContain(from);
  return text.replace(from, to);
}

describe('the examples', () => {
  test('a first file has at most 25 lines and is valid', async () => {
    const text = await readFile(first, 'utf8');
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(25);
    expect(Object.keys((await loadConfig(first)).config.stores)).toEqual(['kill-switch']);
  });

  test('the full file is valid', async () => {
    const { config } = await loadConfig(full);
    expect(config.stores['kill-switch']?.times.stalenessWindow).toBe(300_000);
  });

  test('the file for Patroni and Kubernetes is valid, and every node is managed there', async () => {
    const { config } = await loadConfig(stack);
    const store = config.stores['kill-switch'];
    expect(store?.cluster.nodes.map((node) => store !== undefined && isManaged(store, node))).toEqual([true, true, true]);
  });
});

describe('problems', () => {
  test('a literal where a reference is expected is refused with the fix and is not repeated', async () => {
    const error = refusal(await changed('token: file:/etc/holdfast/admin-token', 'token: canary-literal'));
    expect(error.evidence['stores.kill-switch.application.admin.token']).toMatch(
      /is not a reference — .*`file:\/path` or `env:NAME` \(17:\d+\)$/,
    );
    expect(JSON.stringify(error.toRecord())).not.toContain('canary-literal');
  });

  test('every problem is listed with its own place', async () => {
    const text = (await changed('database: geosync', 'databse: geosync'))
      .replace('for: 30s', 'for: 30')
      .replace('roles: [risk]', 'roles: [boss]');
    expect(refusal(text).evidence).toMatchInlineSnapshot(`
      {
        "alerts[0].for": "is not a duration — write a number with a unit in quotes, for example "30s" or "5m" (24:81)",
        "people[1].roles[0]": "is not one of the allowed values — write on-call, risk, operations (5:24)",
        "stores.kill-switch.cluster.database": "is missing — add it (11:7)",
        "stores.kill-switch.cluster.databse": "is not known here — correct the spelling or take it out (13:16)",
      }
    `);
  });

  test('only the alternative that was written is spoken of', async () => {
    const error = refusal(await changed("url: 'https://trading.example.org'", "url: 'ftp://trading.example.org'"));
    expect(Object.keys(error.evidence)).toEqual(['stores.kill-switch.tradingPause.http.url']);
  });

  test('credentials inside an address are refused', async () => {
    const error = refusal(await changed('https://trading.example.org', 'https://canary-user:canary-pass@trading.example.org'));
    expect(error.message + JSON.stringify(error.evidence)).not.toContain('canary');
    expect(error.evidence['stores.kill-switch.tradingPause.http.url']).toContain('holds credentials');
  });

  test.each<readonly [string, string, string, RegExp]>([
    ['no section', 'adapter: patroni', 'patroni', /^is missing — the adapter patroni needs at least/],
    ['a section without the adapter', 'patroni: { scope: s }', 'patroni', /^is given, but the adapter is not patroni — write/],
    [
      'a member that is no node',
      'adapter: patroni, patroni: { scope: s, members: { z: "https://z:8008" } }',
      'patroni.members.z',
      /^is no node — use a, b/,
    ],
    [
      'one address for two',
      'adapter: patroni, patroni: { scope: s, members: { a: "https://z:1", b: "https://z:1" } }',
      'patroni.members',
      /^gives https:\/\/z:1 to two nodes/,
    ],
    ['one name for two', 'adapter: patroni, patroni: { scope: s, names: { a: b } }', 'patroni.names', /^gives b to two nodes/],
    ['half a login', 'adapter: patroni, patroni: { scope: s, username: env:U }', 'patroni', /^has one of `username` and `password`/],
    [
      'a literal password',
      'adapter: patroni, patroni: { scope: s, username: env:U, password: canary }',
      'patroni.password',
      /is not a reference/,
    ],
    ['another adapter', 'adapter: repmgr', 'adapter', /^is no cluster adapter — write postgres or patroni/],
  ])('a cluster under Patroni with %s is refused with the place and the fix', async (_name, section, place, words) => {
    const error = refusal(
      await changed('database: geosync', section.replaceAll(/, (?=patroni:)/g, '\n      ').concat('\n      database: geosync')),
    );
    expect(error.evidence[`stores.kill-switch.cluster.${place}`]).toMatch(words);
    expect(JSON.stringify(error.toRecord())).not.toContain('canary');
  });

  test('a node that Patroni shall not manage is refused: a promotion beside it makes two primaries', async () => {
    const text = (await readFile(full, 'utf8')).replace('adapter: postgres', 'adapter: patroni\n      patroni: { scope: s }');
    expect(refusal(text).evidence).toEqual({
      'stores.kill-switch.cluster.nodes[0].managed': expect.stringContaining('is false under Patroni — leave it out'),
    });
  });

  test('an alert for an unknown store is refused with the names there are', async () => {
    expect(refusal(await changed('store: kill-switch', 'store: kill-swich')).evidence['alerts[0].store']).toMatch(
      /is no configured store — use one of kill-switch/,
    );
  });

  test('a handle on two ids is refused', async () => {
    expect(refusal(await changed('roles: [risk]', 'roles: [risk], handles: [ANA]')).evidence['people[1]']).toContain(
      'shares the name "ana" with ana',
    );
  });

  test('a lease longer than 15 minutes is refused', async () => {
    const error = refusal(await changed('    archive:', '    times: { lease: 16m }\n    archive:'));
    expect(error.evidence['stores.kill-switch.times.lease']).toContain('longer than 15 minutes');
  });

  test('what is not YAML is refused by its place, without a piece of the file', () => {
    const error = refusal('schema: 1\nstores: {a: [canary-broken\n');
    expect(Object.keys(error.evidence)[0]).toMatch(/^YAML at \d+:\d+$/);
    expect(JSON.stringify(error.toRecord())).not.toContain('canary-broken');
  });

  test('a key given twice is refused', () => {
    expect(Object.values(refusal('schema: 1\nschema: 1\n').evidence)[0]).toContain('duplicate key');
  });

  test('a missing file names the ways to give one', async () => {
    await expect(loadConfig('/nowhere/holdfast.yaml')).rejects.toMatchObject({
      code: 'HF_CONFIG_UNREADABLE',
      evidence: { file: '/nowhere/holdfast.yaml' },
    });
  });
});
