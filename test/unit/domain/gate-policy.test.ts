import { describe, expect, test } from 'vitest';
import { GATES } from '../../../src/domain/gate.js';
import { DEFAULT_GATE_POLICIES, findOption, isStrongEnough, NEVER_DECLARED_BY_DEFAULT } from '../../../src/domain/gate-policy.js';

const policies = GATES.map((gate) => DEFAULT_GATE_POLICIES[gate]);

describe('default gate policies', () => {
  test('are this table', () => {
    const table = policies.map((policy) => [
      policy.gate,
      `${policy.people} of ${policy.roles.join('+')}`,
      policy.starterMayDecide ? 'starter may' : 'starter may not',
      policy.attestation,
      `${policy.deadlineMs / 60_000} min`,
      `silence: ${policy.onSilence}`,
      policy.options.map(({ name, safe }) => (safe ? `${name} (safe)` : name)).join(', '),
    ]);
    expect(table.map((row) => row.join(' | ')).join('\n')).toMatchInlineSnapshot(`
      "promote | 1 of on-call | starter may | signed | 15 min | silence: reject | approve, reject (safe)
      accept | 1 of on-call | starter may | signed | 15 min | silence: reject | accept, reject (safe)
      unfenced | 2 of on-call+risk | starter may not | signed | 30 min | silence: hold | proceed, hold (safe)
      reaffirm | 2 of on-call+risk | starter may | signed | 15 min | silence: hold | reaffirm, engage-instead (safe), hold (safe)
      restore-row | 1 of on-call | starter may | signed | 15 min | silence: hold | restore-engaged, hold (safe)
      rollout | 1 of on-call | starter may | declared | 15 min | silence: stop | wait (safe), replace-all, stop (safe)
      resume | 2 of on-call+risk | starter may | signed | 60 min | silence: keep-paused | resume, keep-paused (safe)
      return | 2 of on-call+risk | starter may | signed | 240 min | silence: stay | return, stay (safe)
      inconclusive | 1 of on-call | starter may | declared | 15 min | silence: recheck | fail-over, send-again, recheck (safe), close (safe)"
    `);
  });

  test.each(policies)('$gate: silence takes a safe option', (policy) => {
    expect(findOption(policy, policy.onSilence)?.safe).toBe(true);
  });

  test.each(policies)('$gate: has an unsafe option, distinct names, enough people for its roles', (policy) => {
    expect(policy.options.some(({ safe }) => !safe)).toBe(true);
    expect(new Set(policy.options.map(({ name }) => name)).size).toBe(policy.options.length);
    expect(policy.people).toBeGreaterThanOrEqual(new Set(policy.roles).size);
    expect(policy.gate).toBe(GATES[policies.indexOf(policy)]);
  });

  test.each(NEVER_DECLARED_BY_DEFAULT.map((gate) => DEFAULT_GATE_POLICIES[gate]))('$gate: a typed name is not enough', (policy) => {
    expect(isStrongEnough('declared', policy.attestation)).toBe(false);
  });

  test('attestations are ordered: declared, principal, signed', () => {
    expect(isStrongEnough('principal', 'declared')).toBe(true);
    expect(isStrongEnough('signed', 'principal')).toBe(true);
    expect(isStrongEnough('principal', 'signed')).toBe(false);
  });
});
