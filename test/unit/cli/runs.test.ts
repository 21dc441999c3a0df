import { describe, expect, test } from 'vitest';
import { HoldfastError } from '../../../src/domain/errors.js';
import type { RunFacts, RunResult } from '../../../src/domain/run-facts.js';
import { ACTING, acting, clientDouble, NOW_MS, shell, waitingFacts } from './support.js';

describe('status', () => {
  test('lists open runs without the watchers', async () => {
    const client = clientDouble({ open: [...acting, { workflowId: 'watch:kill-switch', runId: 'r2', startedAtMs: 0, kind: 'watch' }] });
    const cli = await shell({ client });
    expect(await cli.run('status')).toBe(0);
    expect(cli.out.join('\n')).toMatchInlineSnapshot(`
      "RUN                  STARTED                   OPEN FOR   RUN ID
      failover:geosync-db  2026-11-24T11:58:55.000Z  1 min 5 s  r1"
    `);
    expect(client.closed).toBe(1);
  });

  test('one JSON document on request', async () => {
    const cli = await shell({ client: clientDouble({ open: acting }) });
    expect(await cli.run('status', '--output', 'json')).toBe(0);
    expect(JSON.parse(cli.out.join('\n'))).toEqual({ runs: acting });
  });

  test('shows one run, or what remains by hand', async () => {
    const cli = await shell({ client: clientDouble({ open: acting, states: [waitingFacts()] }) });
    await cli.run('status', 'kill-switch');
    await cli.run('status', 'kill-switch', '--manual');
    expect(cli.out).toEqual(['THE CARD', '# By hand']);
  });

  test('Temporal that does not answer is exit code 5, with code, what and next step', async () => {
    const cli = await shell();
    expect(await cli.run('status')).toBe(5);
    expect(cli.err[0]).toMatchInlineSnapshot(`
      "HF_TEMPORAL_UNREACHABLE: Temporal does not answer. Address 127.0.0.1:7233, namespace default.
      Next: Check the TEMPORAL_* profile and the server; until then use the manual continuation."
    `);
    expect(await cli.run('status', '-o', 'json')).toBe(5);
    expect(JSON.parse(cli.out[0] ?? '')).toMatchObject({ error: { code: 'HF_TEMPORAL_UNREACHABLE', next: expect.any(String) } });
  });
});

describe('run', () => {
  test('starts the acting run of the cluster as a listed person', async () => {
    const client = clientDouble();
    const cli = await shell({ client });
    expect(await cli.run('run', 'kill-switch', '--mode', 'incident', '--as', 'ANA@example.org', '--reason', 'gone')).toBe(0);
    expect(client.sent).toEqual([
      {
        what: 'start',
        id: ACTING,
        payload: {
          schema: 1,
          store: 'kill-switch',
          mode: 'incident',
          trigger: { kind: 'person', incident: 'kill-switch-20261124T120000Z', atMs: NOW_MS, by: 'ana', reason: 'gone' },
        },
      },
    ]);
  });

  test('rehearse is a run that only reads, under an id of its own', async () => {
    const client = clientDouble({ open: acting });
    expect(await (await shell({ client })).run('rehearse', 'kill-switch', '--as', 'ana')).toBe(0);
    expect(client.sent[0]?.id).toBe(`rehearsal:kill-switch:${NOW_MS}`);
  });

  test.each([
    ['an unknown store', ['run', 'nope', '--mode', 'incident', '--reason', 'x'], 4, 'HF_STORE_UNKNOWN'],
    ['an unknown person', ['run', 'kill-switch', '--mode', 'incident', '--reason', 'x', '--as', 'zoe'], 4, 'HF_PERSON_UNKNOWN'],
    [
      'an exercise against a production marker',
      ['run', 'kill-switch', '--mode', 'exercise', '--reason', 'x', '--as', 'ana'],
      3,
      'exercise-marker',
    ],
    ['an open run', ['run', 'kill-switch', '--mode', 'incident', '--reason', 'x', '--as', 'ana'], 3, 'HF_RUN_EXISTS'],
  ])('%s is refused by name', async (_name, words, exit, text) => {
    const cli = await shell({ client: clientDouble({ open: acting }) });
    expect(await cli.run(...words)).toBe(exit);
    expect(cli.err.join('\n')).toContain(text);
  });

  test('a mode that does not exist is wrong usage', async () => {
    const cli = await shell({ client: clientDouble() });
    expect(await cli.run('run', 'kill-switch', '--mode', 'test', '--reason', 'x')).toBe(2);
    expect(cli.err.join('\n')).toContain('incident, planned, exercise, rehearsal');
  });
});

describe('messages', () => {
  test.each(['abort', 'recheck'])('%s is sent as a listed person', async (name) => {
    const client = clientDouble({ open: acting });
    expect(await (await shell({ client })).run(name, 'kill-switch', '--as', 'ana', '--reason', 'r')).toBe(0);
    expect(client.sent).toEqual([{ what: name, id: ACTING, payload: { by: 'ana', reason: 'r' } }]);
  });

  test('without a run they say so', async () => {
    expect(await (await shell({ client: clientDouble() })).run('abort', 'kill-switch', '--as', 'ana')).toBe(4);
  });

  test('disarm tells the memory of the store and an open run', async () => {
    const client = clientDouble({ open: acting });
    expect(await (await shell({ client })).run('disarm', 'kill-switch', '--as', 'ana')).toBe(0);
    expect(client.sent.map(({ what }) => what)).toEqual(['setArming', 'disarm']);
  });
});

describe('watch', () => {
  const result: RunResult = {
    schema: 1,
    outcome: 'verified',
    summary: 'verified: moved to b',
    store: 'kill-switch',
    incident: 'i-1',
    times: { totalMs: 1, humanMs: 0, machineMs: 1 },
    obligations: ['node a is not rejoined'],
  };
  const after: RunFacts = {
    ...waitingFacts(),
    gates: [
      {
        gate: 'promote',
        openedAtMs: NOW_MS,
        closedAtMs: NOW_MS,
        openings: 1,
        option: 'approve',
        people: ['ana'],
        answeredBy: 'people',
        code: 'c',
        hash: 'h',
      },
    ],
    result,
  };
  const { open: _closed, ...ended } = after;

  test('prints one line a change and ends with the run', async () => {
    const cli = await shell({ client: clientDouble({ open: acting, states: [waitingFacts(), waitingFacts(), ended] }) });
    expect(await cli.run('watch', 'kill-switch')).toBe(0);
    expect(cli.out.join('\n')).toMatchInlineSnapshot(`
      "11:59:10  step    detect: done (10 s). primary-dead on a
      11:59:59  gate    promote waits for people until 2026-11-24T12:10:00.000Z, code 7F3K9QX2MT
      12:00:00  pause   trading pause: proven. platform says paused
      12:00:00  gate    promote answered: approve by ana
      12:00:00  result  verified: moved to b
      12:00:00  result  still open: node a is not rejoined
      verified: moved to b"
    `);
  });

  test('JSON lines on request', async () => {
    const cli = await shell({ client: clientDouble({ open: acting, states: [waitingFacts(), ended] }) });
    await cli.run('watch', 'kill-switch', '-o', 'json');
    const lines = cli.out.map((line) => JSON.parse(line) as { readonly kind?: string; readonly result?: { readonly outcome: string } });
    expect(lines.map((line) => line.kind ?? line.result?.outcome)).toEqual([
      'step',
      'gate',
      'pause',
      'gate',
      'result',
      'result',
      'verified',
    ]);
  });

  test('goes on when no worker answers for a moment', async () => {
    const away = new HoldfastError('HF_TEMPORAL_UNREACHABLE', '');
    const cli = await shell({
      client: clientDouble({ open: acting, states: [waitingFacts(), away, ended], status: { runId: 'r1', status: 'running' } }),
    });
    expect(await cli.run('watch', 'kill-switch')).toBe(0);
    expect(cli.err).toHaveLength(1);
  });

  test.each([
    ['verified-engaged', 0],
    ['no-failover', 0],
    ['verified-paused', 10],
    ['handed-over', 10],
    ['aborted', 10],
  ] as const)('a run that ended %s is exit code %i', async (outcome, exit) => {
    const cli = await shell({ client: clientDouble({ open: acting, states: [{ ...ended, result: { ...result, outcome } }] }) });
    expect(await cli.run('watch', 'kill-switch')).toBe(exit);
  });

  test('a run that never was is exit code 4', async () => {
    expect(await (await shell({ client: clientDouble() })).run('watch', 'kill-switch')).toBe(4);
  });
});
