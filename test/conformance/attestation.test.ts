import { mkdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createAttestation } from '../../src/adapters/attestation/attestation.js';
import { generateKey, loadKey, signDecision, verifyDecision } from '../../src/adapters/attestation/keys.js';
import type { SigningKey } from '../../src/adapters/attestation/keys.js';
import type { Person, PinnedKey } from '../../src/domain/plan.js';
import { describeAttestationConformance } from './attestation.suite.js';
import type { AttestationWorld } from './attestation.suite.js';
import { errorOf, realTime } from './harness.js';
import { tempFolder } from './temp-folder.js';

const person = (id: string, keys: readonly PinnedKey[]): Person => ({ id, roles: ['on-call'], handles: [`${id}@example.test`], keys });

async function open(): Promise<AttestationWorld> {
  const folder = await tempFolder();
  const make = async (name: string): Promise<SigningKey> => {
    const file = path.join(folder.dir, `${name}.pem`);
    await generateKey(file);
    return loadKey(`file:${file}`);
  };
  const keys = { ada: await make('ada'), rita: await make('rita'), stranger: await make('stranger') };
  const pinned = ({ id, publicKey }: SigningKey): PinnedKey => ({ id, publicKey });
  return {
    ...realTime(folder.remove),
    port: createAttestation(),
    people: [person('ada', [pinned(keys.ada)]), person('rita', [pinned(keys.rita)])],
    sign: (signer, as, decision, fullHash) => signDecision(decision, fullHash, as, keys[signer]),
  };
}

describeAttestationConformance('signed or declared', { open });

describe('attestation keys', () => {
  const decision = { schema: 1, gate: 'resume', option: 'resume', code: 'AB12CD34EF' } as const;

  test('a private key is written for its owner alone and never overwritten', async () => {
    const folder = await tempFolder();
    try {
      const file = path.join(folder.dir, 'key.pem');
      const made = await generateKey(file);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(await readFile(file, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
      expect((await errorOf(generateKey(file))).code).toBe('HF_CONFIG_INVALID');
      const loaded = await loadKey(`file:${file}`);
      expect({ id: loaded.id, publicKey: loaded.publicKey }).toEqual(made);
      expect(JSON.stringify(loaded)).not.toContain('PRIVATE');
    } finally {
      await folder.remove();
    }
  });

  test('a file that holds no ed25519 key is named', async () => {
    const folder = await tempFolder();
    try {
      await mkdir(path.join(folder.dir, 'folder'));
      expect((await errorOf(loadKey(`file:${folder.dir}/folder`))).code).toBe('HF_SECRET_UNRESOLVED');
      process.env['HF_TEST_NO_KEY'] = 'not a key';
      const error = await errorOf(loadKey('env:HF_TEST_NO_KEY'));
      delete process.env['HF_TEST_NO_KEY'];
      expect(error.message).toContain('env:HF_TEST_NO_KEY');
    } finally {
      await folder.remove();
    }
  });

  test('a key that is pinned under a name of its own, and one that two people share', async () => {
    const folder = await tempFolder();
    try {
      await generateKey(path.join(folder.dir, 'key.pem'));
      const key = await loadKey(`file:${folder.dir}/key.pem`);
      const laptop: PinnedKey = { id: 'laptop', publicKey: key.publicKey };
      const attest = async (people: readonly Person[], keyId?: string) => {
        const sent = signDecision(decision, 'f'.repeat(64), 'ada', key, keyId);
        const subject = { workflowId: 'w', runId: 'r', gate: 'resume', hashes: { AB12CD34EF: 'f'.repeat(64) }, people };
        const scope = realTime(async () => undefined).scope();
        return (await createAttestation().attest(subject, [{ n: 1, atMs: 0, via: 'signal', decision: sent }], scope))[0];
      };
      expect(await attest([person('ada', [laptop])], 'laptop')).toMatchObject({ person: 'ada', attestation: 'signed' });
      expect(await attest([person('ada', [laptop])])).toMatchObject({ person: 'ada', attestation: 'signed' });
      expect((await attest([person('ada', [laptop]), person('rita', [laptop])]))?.attestation).toBeUndefined();
    } finally {
      await folder.remove();
    }
  });

  test('a signature is checked against the key, whatever form the key has', async () => {
    const folder = await tempFolder();
    try {
      await generateKey(path.join(folder.dir, 'key.pem'));
      const key = await loadKey(`file:${folder.dir}/key.pem`);
      const sent = signDecision(decision, 'hash', 'ada', key);
      expect(verifyDecision(sent, 'hash', 'ada', key.publicKey)).toBe(true);
      for (const other of ['', 'AAAA', 'not base64 at all', key.publicKey.slice(4)])
        expect(verifyDecision(sent, 'hash', 'ada', other)).toBe(false);
      expect(verifyDecision({ ...sent, reason: undefined as unknown as string }, 'hash', 'rita', key.publicKey)).toBe(false);
    } finally {
      await folder.remove();
    }
  });
});
