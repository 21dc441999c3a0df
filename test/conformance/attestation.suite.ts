import { describe, expect, test } from 'vitest';
import type { AttestedDecision, Decision, ReceivedDecision } from '../../src/domain/decision.js';
import type { Person } from '../../src/domain/plan.js';
import type { AttestationPort, AttestationSubject } from '../../src/ports/attestation.js';
import { inWorld } from './harness.js';
import type { ConformanceWorld, Harness } from './harness.js';

/** Two people: `ada` (handle `ada@example.test`) and `rita`, each with one pinned key, and a stranger who has a key that is not pinned. */
export interface AttestationWorld extends ConformanceWorld {
  readonly port: AttestationPort;
  readonly people: readonly Person[];
  /** The decision as it is sent after `signer` signed it as `as`. */
  sign(signer: 'ada' | 'rita' | 'stranger', as: string, decision: Decision, fullHash: string): Decision;
}

const HASH = 'a'.repeat(64);
const CODE = 'AB12CD34EF';
const DECISION: Decision = { schema: 1, gate: 'promote', option: 'approve', code: CODE, reason: 'primary is dead' };

/** What every implementation of the attestation port keeps that knows `signed` and `declared`. */
export function describeAttestationConformance(name: string, harness: Harness<AttestationWorld>): void {
  const attest = async (world: AttestationWorld, ...decisions: readonly Decision[]): Promise<readonly AttestedDecision[]> => {
    const subject: AttestationSubject = {
      workflowId: 'failover:geosync',
      runId: 'run-1',
      gate: 'promote',
      hashes: { [CODE]: HASH },
      people: world.people,
    };
    const received: readonly ReceivedDecision[] = decisions.map((decision, index) => ({
      n: index + 1,
      atMs: 1_000 * (index + 1),
      via: 'update',
      decision,
    }));
    return world.drive(world.port.attest(subject, received, world.scope()));
  };
  const one = async (world: AttestationWorld, decision: Decision): Promise<AttestedDecision> => {
    const [attested] = await attest(world, decision);
    if (attested === undefined) throw new Error('the decision was left out');
    return attested;
  };
  const inTest = (work: (world: AttestationWorld) => Promise<void>) => () => inWorld(harness, work);

  describe(`attestation port: ${name}`, () => {
    test(
      'all decisions come back, in order, whatever is in them',
      inTest(async (world) => {
        const attested = await attest(
          world,
          { ...DECISION, by: 'ada' },
          { ...DECISION, by: 'nobody' },
          DECISION,
          world.sign('rita', 'rita', DECISION, HASH),
        );
        expect(attested.map(({ n, option, code }) => [n, option, code])).toEqual([1, 2, 3, 4].map((n) => [n, 'approve', CODE]));
        expect(attested.map(({ problem }) => problem === '')).toEqual([true, false, false, true]);
      }),
    );

    test(
      'a signature with a pinned key is signed by the person of the key',
      inTest(async (world) => {
        expect(await one(world, world.sign('ada', 'ada', DECISION, HASH))).toMatchObject({
          person: 'ada',
          attestation: 'signed',
          problem: '',
          reason: 'primary is dead',
        });
      }),
    );

    test.each(['ada', 'ada@example.test'])('a typed name (%s) is declared, never more', async (by) => {
      await inWorld(harness, async (world) => {
        expect(await one(world, { ...DECISION, by })).toMatchObject({ person: 'ada', attestation: 'declared', problem: '' });
      });
    });

    test(
      'an unknown name, or none, is nobody, and the problem says so',
      inTest(async (world) => {
        const [unknown, none] = await attest(world, { ...DECISION, by: 'mallory' }, DECISION);
        expect(unknown?.person).toBeUndefined();
        expect(unknown?.problem).toContain('mallory');
        expect(none?.attestation).toBeUndefined();
        expect(none?.problem).not.toBe('');
      }),
    );

    test.each([
      ['the option', { option: 'reject' }],
      ['the reason', { reason: 'another' }],
    ])('a signature does not hold when %s was changed afterwards', async (_what, change) => {
      await inWorld(harness, async (world) => {
        const attested = await one(world, { ...world.sign('ada', 'ada', DECISION, HASH), ...change });
        expect(attested.attestation).toBeUndefined();
        expect(attested.problem).not.toBe('');
      });
    });

    test(
      'a signature over another card does not hold',
      inTest(async (world) => {
        expect((await one(world, world.sign('ada', 'ada', DECISION, 'b'.repeat(64)))).attestation).toBeUndefined();
      }),
    );

    test(
      'a signature under a code that was never shown does not hold',
      inTest(async (world) => {
        expect((await one(world, world.sign('ada', 'ada', { ...DECISION, code: 'ZZZZZZZZZZ' }, HASH))).attestation).toBeUndefined();
      }),
    );

    test(
      'a key that is not pinned attests nothing',
      inTest(async (world) => {
        expect((await one(world, world.sign('stranger', 'ada', DECISION, HASH))).attestation).toBeUndefined();
      }),
    );

    test(
      'a pinned key attests its own person only',
      inTest(async (world) => {
        const attested = await one(world, world.sign('rita', 'ada', DECISION, HASH));
        expect(attested.attestation).toBeUndefined();
        expect(attested.person).not.toBe('ada');
        expect(attested.problem).toContain('rita');
      }),
    );

    test(
      'a decision for another gate attests nothing',
      inTest(async (world) => {
        expect((await one(world, world.sign('ada', 'ada', { ...DECISION, gate: 'resume' }, HASH))).attestation).toBeUndefined();
      }),
    );

    test.each([
      ['an empty signature', { key: '', value: '' }],
      ['a signature of another length', { key: 'ada', value: 'AAAA' }],
      ['a key of the prototype', { key: '__proto__', value: '!' }],
    ])('nonsense is a problem, not an error: %s', async (_what, signature) => {
      await inWorld(harness, async (world) => {
        const attested = await one(world, { ...DECISION, code: 'constructor', by: '__proto__', signature });
        expect(attested.attestation).toBeUndefined();
        expect(attested.problem).not.toBe('');
      });
    });
  });
}
