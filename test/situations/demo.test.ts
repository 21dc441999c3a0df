/** `holdfast demo` as a user runs it: a process of its own, in a folder of its own. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nothingIsLeft, startDemo } from './support/demo-process.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-test-demo-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Every secret of the lab carries this word before its random part. */
const SECRET = /canary-[a-z-]+-[0-9a-f]{24}|whsec_canary|CANARY/;

/** Files under a folder, with their text. */
function textsUnder(place: string): readonly (readonly [file: string, text: string])[] {
  return readdirSync(place, { recursive: true, encoding: 'utf8' })
    .map((file) => path.join(place, file))
    .filter((file) => statSync(file).isFile())
    .map((file) => [file, readFileSync(file, 'utf8')] as const);
}

test('demo --yes: the primary dies, the worker dies, the run ends verified, and the last line says so', async () => {
  const demo = startDemo(folder, ['--yes'], { CI: '1' });
  expect(await demo.ended, demo.output()).toBe(0);
  expect(demo.lines().at(-1)).toMatch(/^verified: kill-switch on b \(timeline 2\), the switch is clear, trading is resumed/);
  for (const part of [
    'What it starts, and ends again',
    'Primary killed',
    'Alert accepted',
    'Worker killed',
    'New worker polls',
    'Timeline',
    'Recovery',
    'waiting for people',
    'The switch now',
    'Kept',
    'Next',
  ]) {
    expect(demo.output()).toContain(part);
  }
  expect(demo.output()).toMatch(/Watch it in Temporal’s page.*\n +http:\/\/127\.\S+\/workflows\/failover%3Alab-pair/);
  // No terminal: no colours, and no line that a terminal would redraw.
  expect(demo.output().includes(String.fromCharCode(27)) || demo.output().includes('\r')).toBe(false);
  nothingIsLeft(demo);

  const kept = path.join(folder, '.holdfast', 'demo', readdirSync(path.join(folder, '.holdfast', 'demo'))[0] ?? '');
  const texts = textsUnder(kept);
  expect(texts.map(([file]) => path.relative(kept, file))).toEqual(expect.arrayContaining(['report.md', 'evidence.json', 'history.json']));
  expect(readFileSync(path.join(kept, 'report.md'), 'utf8')).toContain('# Failover report: kill-switch');
  const history = JSON.parse(readFileSync(path.join(kept, 'history.json'), 'utf8')) as {
    readonly events: readonly { readonly eventType: string }[];
  };
  expect(history.events.at(-1)?.eventType).toBe('EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED');
  // What every secret of the lab begins with; the step `canary` is something else.
  expect(texts.filter(([, text]) => SECRET.test(text)).map(([file]) => file)).toEqual([]);
  expect(demo.output()).not.toMatch(SECRET);
});

test('demo --engaged --output json: the switch was on and stays on, and every line is one event', async () => {
  const demo = startDemo(folder, ['--yes', '--engaged', '--output', 'json']);
  expect(await demo.ended, demo.output()).toBe(0);
  const events = demo.lines().map(
    (line) =>
      JSON.parse(line) as {
        readonly event: string;
        readonly outcome?: string;
        readonly card?: { readonly gate: string };
        readonly world?: { readonly lines: readonly (readonly string[])[] };
      },
  );
  expect(events.at(-1)).toMatchObject({ event: 'result', outcome: 'verified-engaged' });
  // Resume is not offered while the switch is on.
  expect(events.flatMap((event) => event.card?.gate ?? [])).toEqual(['promote']);
  const world = events.find((event) => event.event === 'ended')?.world?.lines ?? [];
  expect(world.find(([where]) => where === 'database b')?.[1]).toContain('ENGAGED');
  expect(world.find(([where]) => where === 'trading')?.[1]).toBe('stands still');
  nothingIsLeft(demo);
});

test('demo --ui: typed names count, and answers sent as Temporal’s page sends them carry the run to its end', async () => {
  const demo = startDemo(folder, ['--ui', '--output', 'json']);
  const [, address = ''] = await demo.seen(/"what":"Temporal","detail":"([\d.:]+)/);
  const answer = async (gate: string, option: string, people: readonly string[]): Promise<void> => {
    const [, code = ''] = await demo.seen(new RegExp(`"event":"gate","card":{"gate":"${gate}","code":"(\\w+)"`));
    const connection = await Connection.connect({ address });
    const run = new Client({ connection, namespace: 'holdfast' }).workflow.getHandle('failover:lab-pair');
    for (const by of people) await run.signal('decide', { schema: 1, gate, option, code, by });
    await connection.close();
  };
  await answer('promote', 'approve', ['ana']);
  await answer('resume', 'resume', ['ana', 'ben']);
  expect(await demo.ended, demo.output()).toBe(0);
  expect(demo.lines().at(-1)).toContain('"outcome":"verified"');
  expect(demo.output()).toContain('"typedNamesCount":true');
  expect(demo.output()).toContain('This store accepts typed names');
  nothingIsLeft(demo);
});

test('an interruption in the middle of the run leaves no process and no folder', async () => {
  const demo = startDemo(folder, ['--yes']);
  await demo.seen(/Worker killed/);
  demo.interrupt();
  expect(await demo.ended, demo.output()).toBe(1);
  expect(demo.output()).toContain('everything that was started has been ended');
  expect(demo.lines().at(-1)).not.toMatch(/^verified/);
  nothingIsLeft(demo);
});

test('an interruption while things are being started leaves no process and no folder', async () => {
  const demo = startDemo(folder, ['--yes']);
  await demo.seen(/PostgreSQL +primary a/);
  demo.interrupt();
  expect(await demo.ended, demo.output()).toBe(1);
  expect(demo.output()).not.toContain('Primary killed');
  nothingIsLeft(demo);
});

test('an impatient second interruption leaves nothing either', async () => {
  const demo = startDemo(folder, ['--yes']);
  await demo.seen(/Gate promote/);
  demo.interrupt();
  await demo.seen(/Ending everything/);
  demo.interrupt();
  await demo.ended;
  // The guardian outlives the demo and ends what it started.
  for (const until = Date.now() + 15_000; existsSync(demo.labFolder() ?? '') && Date.now() < until;)
    await new Promise((resolve) => setTimeout(resolve, 50));
  nothingIsLeft(demo);
});

test('a failure prints one cause, one command and where the logs are', async () => {
  const demo = startDemo(folder, ['--yes'], { TEMPORAL_CLI: process.execPath });
  expect(await demo.ended).toBe(1);
  expect(demo.output()).toMatch(/Cause +TEMPORAL_CLI=\S+ is not a Temporal CLI\./);
  expect(demo.output()).toMatch(/Try +unset TEMPORAL_CLI; holdfast demo/);
  const [, logs = ''] = /Logs +(\S+)/.exec(demo.output()) ?? [];
  expect(readdirSync(logs)).toContain('db-a-postgres.log');
  nothingIsLeft(demo);
});

test('one of --patroni and --kubernetes alone is refused, with what there is instead', async () => {
  const demo = startDemo(folder, ['--patroni', '--yes']);
  expect(await demo.ended).toBe(2);
  expect(demo.output()).toContain('holdfast demo --patroni --kubernetes');
  expect(demo.labFolder()).toBeUndefined();
});

test('without a keyboard and without --yes nothing is started', async () => {
  const demo = startDemo(folder, []);
  expect(await demo.ended).toBe(2);
  expect(demo.output()).toContain('Add --yes');
  expect(demo.labFolder()).toBeUndefined();
});
