import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/load.js';
import { resolvePlan } from '../../../src/config/resolve-plan.js';
import type { PlanSource } from '../../../src/config/resolve-plan.js';
import type { Config } from '../../../src/config/schema.js';
import { canonicalJson } from '../../../src/domain/canonical.js';
import type { Trigger } from '../../../src/domain/contract.js';
import { HoldfastError } from '../../../src/domain/errors.js';
import type { Snapshot } from '../../../src/domain/facts.js';

const full = fileURLToPath(new URL('../../../examples/holdfast.full.yaml', import.meta.url));
const text = await readFile(full, 'utf8');
const atMs = Date.parse('2026-11-24T12:00:00Z');

const config = (...changes: readonly (readonly [from: string, to: string])[]): Config => {
  const changed = changes.reduce((before, [from, to]) => {
    expect(before, `the example no longer holds ${from}`).toContain(from);
    return before.replace(from, to);
  }, text);
  return parseConfig(changed, 'test.yaml').config;
};

const trigger: Trigger = { kind: 'alert', incident: 'i-1', atMs };

function source(
  overrides: Partial<Omit<PlanSource, 'input'>> & {
    readonly mode?: PlanSource['input']['mode'];
    readonly trigger?: Trigger;
    readonly store?: string;
  } = {},
): PlanSource {
  const { mode = 'incident', trigger: started = trigger, store = 'kill-switch', ...rest } = overrides;
  return { config: config(), arming: { armed: true, by: 'ana' }, ...rest, input: { schema: 1, store, mode, trigger: started } };
}

function refusedRules(from: PlanSource): Readonly<Record<string, string>> {
  try {
    resolvePlan(from);
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'HF_PLAN_REFUSED') return error.evidence;
    throw error;
  }
  throw new Error('the plan was made');
}

describe('a plan', () => {
  test('names things and holds no secret and no reference', () => {
    const plan = resolvePlan(source());
    expect(plan).toMatchObject({
      store: 'kill-switch',
      cluster: 'geosync-db',
      environment: 'production',
      armed: true,
      armedBy: 'ana',
      expectedPrimary: 'a',
      verifyConsecutive: 3,
      changed: ['No earlier plan is remembered.'],
    });
    expect(plan.nodes[1]).toEqual({
      name: 'b',
      host: 'db-b.example.org',
      port: 5432,
      site: 'south',
      candidate: true,
      managed: false,
      fence: 'H',
    });
    expect(plan.adapters.pause).toMatchObject({ kind: 'http', able: true, pause: 'repeatable', restingOrders: 'left' });
    expect(canonicalJson(plan)).not.toMatch(/file:\/|env:[A-Z]/);
  });

  test('its hash is that of the canonical plan without the hash, and is the same each time', () => {
    const plan = resolvePlan(source());
    const { hash, ...rest } = plan;
    expect(hash).toBe(createHash('sha256').update(canonicalJson(rest)).digest('hex'));
    expect(resolvePlan(source()).hash).toBe(hash);
  });

  test('the starter is known by id or handle, without regard to case', () => {
    const by = (name: string) => resolvePlan(source({ trigger: { kind: 'person', incident: 'i-1', atMs, by: name } })).starter;
    expect([by('ana'), by('ANA@example.org')]).toEqual(['ana', 'ana']);
  });

  test('the expected primary is that of the last snapshot while the node is still configured', () => {
    const lastSnapshot = { primary: 'b' } as Snapshot;
    expect(resolvePlan(source({ lastSnapshot })).expectedPrimary).toBe('b');
    expect(resolvePlan(source({ lastSnapshot: { ...lastSnapshot, primary: 'gone' } })).expectedPrimary).toBe('a');
  });

  test('standing approvals count for 90 days and for their own store', () => {
    const standing = (moment: string) => resolvePlan(source({ trigger: { ...trigger, atMs: Date.parse(moment) } })).standing.length;
    expect([
      standing('2026-10-31T00:00:00Z'),
      standing('2026-11-24T12:00:00Z'),
      standing('2027-01-30T08:59:00Z'),
      standing('2027-01-30T09:01:00Z'),
    ]).toEqual([0, 1, 1, 0]);
  });

  test('typed names count where the policy says so', () => {
    const gates = resolvePlan(
      source({ config: config(['acceptDeclared: false', 'acceptDeclared: true'], ['attestation: signed, ', '']) }),
    ).gates;
    expect(new Set(Object.values(gates).map((gate) => gate.attestation))).toEqual(new Set(['declared']));
  });

  test('what changed since the last run is named; a new incident alone is no change', () => {
    const lastPlan = resolvePlan(source());
    expect(resolvePlan(source({ lastPlan, trigger: { ...trigger, incident: 'i-2' } })).changed).toEqual([]);
    const now = resolvePlan(source({ lastPlan, config: config(['stopGrace: 30s', 'stopGrace: 20s'], ['- id: cem', '- id: dora']) }));
    expect(now.changed).toEqual([
      'Person dora was added since the last run.',
      'Person cem was removed since the last run.',
      'times changed since the last run.',
    ]);
  });
});

describe('a plan is refused', () => {
  test('for a store that is not configured', () => {
    expect(() => resolvePlan(source({ store: 'nope' }))).toThrow(
      expect.objectContaining({ code: 'HF_STORE_UNKNOWN', evidence: { asked: 'nope', configured: 'kill-switch' } }),
    );
  });

  test('when a handle names two people', () => {
    const twice = structuredClone(config());
    twice.people[1]?.handles.push('Ana@example.org');
    expect(refusedRules(source({ config: twice }))['handle-on-two-ids']).toBe('"Ana@example.org" names ana and ben');
  });

  test('when the pause stops what serves the admin API', () => {
    expect(refusedRules(source({ config: config(['stops: [strategy-runner]', 'stops: [geosync-api]']) }))['pause-stops-admin']).toContain(
      'geosync-api',
    );
    expect(refusedRules(source({ config: config(['stops: [strategy-runner]', 'stops: [app-2]']) }))['pause-stops-admin']).toContain(
      'app-2',
    );
  });

  test('when nothing could be moved', () => {
    const none = structuredClone(config());
    none.stores['kill-switch']?.application.instances.splice(0);
    expect(Object.keys(refusedRules(source({ config: none })))).toEqual(['no-instances']);
  });

  test('when fewer than two nodes may be primary', () => {
    expect(refusedRules(source({ config: config(['site: south', 'site: south, candidate: false']) }))['no-candidate']).toBe(
      '1 of 2 nodes may be primary; a failover needs 2',
    );
  });

  test('when a gate can never be answered, with the number and the gate', () => {
    const keyless = structuredClone(config());
    for (const person of keyless.people) if (person.id !== 'ana') person.keys.splice(0);
    expect(() => resolvePlan(source({ config: keyless, mode: 'rehearsal' }))).not.toThrow();
    expect(refusedRules(source({ config: keyless }))['too-few-people']).toContain(
      'gate resume needs 2, and 1 of 3 listed people could decide it as signed, none of them risk',
    );
  });

  test('when a person starts it without being known and the gates then need one more than there are', () => {
    const two = config(['people: 2, roles: [on-call, risk]', 'people: 3, roles: [on-call, risk]']);
    expect(() => resolvePlan(source({ config: two }))).not.toThrow();
    expect(refusedRules(source({ config: two, trigger: { kind: 'person', incident: 'i-1', atMs } }))['too-few-people']).toContain(
      'gate resume needs 4 (one more because the starter is not known: name yourself)',
    );
  });

  test('when an instance could not be killed after its grace', () => {
    expect(refusedRules(source({ config: config(['stopLimit: 45s', 'stopLimit: 30s']) }))['stop-times']).toContain('30000 ms');
  });

  test('when an exercise would act on a production marker', () => {
    expect(refusedRules(source({ mode: 'exercise' }))['exercise-marker']).toContain('has environment "production"');
  });

  test('when an exercise shares anything with a store that is none', () => {
    const both = structuredClone(config());
    const production = both.stores['kill-switch'];
    if (production === undefined) throw new Error('the example lost its store');
    both.stores['drill'] = { ...structuredClone(production), environment: 'exercise' };
    const detail = refusedRules(source({ config: both, mode: 'exercise', store: 'drill' }))['exercise-shares'];
    for (const thing of [
      'cluster geosync-db',
      'node address db-a.example.org:5432',
      'environment file /etc/geosync/geosync.env',
      'instance address app-1.example.org:8443',
      'notification route env:HOLDFAST_RISK_WEBHOOK',
    ]) {
      expect(detail).toContain(`${thing} is also used by kill-switch (production)`);
    }
  });
});
