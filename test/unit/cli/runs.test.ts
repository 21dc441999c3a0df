import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Decision } from '../../../src/domain/decision.js';
import { HoldfastError } from '../../../src/domain/errors.js';
import type { RunFacts, RunResult } from '../../../src/domain/run-facts.js';
import { verifyDecision } from '../../../src/adapters/attestation/keys.js';
import { generateKey } from '../../../src/wiring.js';
import { ACTING, clientDouble, NOW_MS, shell, waitingFacts } from './support.js';

const acting = [{ workflowId: ACTING, runId: 'r1', startedAtMs: NOW_MS - 65_000, kind: 'failover' }];

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

describe('decisions', () => {
  let folder = '';
  let key = { id: '', publicKey: '' };
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'holdfast-cli-'));
    key = await generateKey(path.join(folder, 'ana.pem'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const pinned = (text: string) => text.replace(/id: ana-laptop, publicKey: \S+/, `id: ana-laptop, publicKey: ${key.publicKey}`);
  const keyFile = () => path.join(folder, 'ana.pem');

  test('approve shows the card, signs with the pinned key, and prints the run’s own answer', async () => {
    const client = clientDouble({ open: acting, states: [waitingFacts()] });
    const cli = await shell({ client, configText: pinned });
    expect(await cli.run('approve', 'kill-switch', '--as', 'ana', '--key', keyFile(), '--code', '7f3k9qx2mt', '--reason', 'ok')).toBe(0);
    expect(cli.out).toEqual(['THE CARD', 'Received as decision 1 for the gate promote.']);
    const decision = client.sent[0]?.payload as Decision;
    expect(decision).toMatchObject({
      schema: 1,
      gate: 'promote',
      option: 'approve',
      code: '7F3K9QX2MT',
      by: 'ana',
      reason: 'ok',
      signature: { key: 'ana-laptop' },
    });
    expect(verifyDecision(decision, 'ab'.repeat(32), 'ana', key.publicKey)).toBe(true);
    expect((await stat(keyFile())).mode & 0o077).toBe(0);
  });

  test('the owner of the key need not be named, and the run’s own count is printed', async () => {
    const decisions = [
      {
        n: 1,
        atMs: NOW_MS,
        option: 'approve',
        code: '7F3K9QX2MT',
        reason: '',
        problem: '',
        person: 'ana',
        counted: false,
        why: 'It expired.',
      },
    ];
    const client = clientDouble({
      open: acting,
      states: [waitingFacts()],
      answer: { accepted: true, n: 1, sentence: 'Received.' },
      decisions,
    });
    const cli = await shell({ client, configText: pinned });
    expect(await cli.run('approve', 'kill-switch', '--key', keyFile(), '--yes')).toBe(0);
    expect([client.sent[0]?.payload, cli.out.at(-1)]).toEqual([
      expect.objectContaining({ by: 'ana' }),
      'Received. It does not count. It expired.',
    ]);
  });

  test('nobody named and no key is refused with the ids there are', async () => {
    const cli = await shell({ client: clientDouble({ open: acting, states: [waitingFacts()] }) });
    expect(await cli.run('reject', 'kill-switch')).toBe(4);
    expect(cli.err.join()).toContain('listed: ana, ben, cem');
  });

  test('a card that has changed since is refused, and nothing is sent', async () => {
    const client = clientDouble({ open: acting, states: [waitingFacts()] });
    const cli = await shell({ client, configText: pinned });
    expect(await cli.run('approve', 'kill-switch', '--as', 'ana', '--key', keyFile(), '--code', 'AAAAAAAAAA')).toBe(3);
    expect([client.sent, cli.err.join()]).toEqual([[], expect.stringContaining('The card now shows 7F3K9QX2MT.')]);
  });

  test('without a code it asks, and takes no for an answer', async () => {
    const client = clientDouble({ open: acting, states: [waitingFacts()] });
    expect(await (await shell({ client, configText: pinned })).run('approve', 'kill-switch', '--as', 'ana', '--key', keyFile())).toBe(3);
    expect(client.sent).toEqual([]);
    expect(
      await (await shell({ client, configText: pinned, yes: true })).run('approve', 'kill-switch', '--as', 'ana', '--key', keyFile()),
    ).toBe(0);
  });

  test('a key that is not pinned for the person is refused before anything is sent', async () => {
    const client = clientDouble({ open: acting, states: [waitingFacts()] });
    const cli = await shell({ client });
    expect(await cli.run('approve', 'kill-switch', '--as', 'ana', '--key', keyFile(), '--yes')).toBe(3);
    expect([client.sent, cli.err.join()]).toEqual([[], expect.stringContaining('HF_SIGNATURE_INVALID')]);
  });

  test('how it is attested must be said for an answer that acts, and need not for a safe one', async () => {
    const client = clientDouble({ open: acting, states: [waitingFacts()] });
    const cli = await shell({ client });
    expect(await cli.run('approve', 'kill-switch', '--as', 'ana', '--yes')).toBe(3);
    expect(await cli.run('approve', 'kill-switch', '--as', 'ana', '--yes', '--declared')).toBe(0);
    expect(await cli.run('reject', 'kill-switch', '--as', 'ben')).toBe(0);
    expect(client.sent.map(({ payload }) => (payload as Decision).option)).toEqual(['approve', 'reject']);
  });

  test('a refusal of the run is exit code 3 with its words', async () => {
    const client = clientDouble({
      open: acting,
      states: [waitingFacts()],
      answer: { accepted: false, sentence: 'HF_DECISION_STALE: The card now shows X.' },
    });
    const cli = await shell({ client });
    expect(await cli.run('reject', 'kill-switch', '--as', 'ben', '-o', 'json')).toBe(3);
    expect(JSON.parse(cli.out.join(''))).toMatchObject({
      accepted: false,
      attestation: 'declared',
      sentence: 'HF_DECISION_STALE: The card now shows X.',
    });
  });

  test('no open gate, or another one, is said', async () => {
    const { open: _open, ...closed } = waitingFacts();
    const none = await shell({ client: clientDouble({ open: acting, states: [closed] }) });
    expect(await none.run('reject', 'kill-switch', '--as', 'ben')).toBe(3);
    expect(none.err.join()).toContain('No gate is open.');
    const other = await shell({ client: clientDouble({ open: acting, states: [waitingFacts()] }) });
    expect(await other.run('approve', 'kill-switch', '--as', 'ben', '--gate', 'resume', '--declared')).toBe(3);
    expect(other.err.join()).toContain('The open gate is promote.');
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
