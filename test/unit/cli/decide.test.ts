import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Decision } from '../../../src/domain/decision.js';
import { verifyDecision } from '../../../src/adapters/attestation/keys.js';
import { generateKey } from '../../../src/wiring.js';
import { acting, clientDouble, NOW_MS, shell, waitingFacts } from './support.js';

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
