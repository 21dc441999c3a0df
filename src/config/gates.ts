/** The gates in force: the closed table of the domain with the file’s overrides. */
import { DEFAULT_GATE_POLICIES } from '../domain/gate-policy.js';
import { GATES } from '../domain/gate.js';
import type { GateName, GatePolicies, GatePolicy } from '../domain/gate.js';
import type { Config } from './schema.js';

/** Policies of all gates. `acceptDeclared` lowers every attestation to `declared`; the cards then say so. */
export function gatesOf(config: Config): GatePolicies {
  return Object.fromEntries(GATES.map((gate) => [gate, policyOf(gate, config)])) as Record<GateName, GatePolicy>;
}

function policyOf(gate: GateName, config: Config): GatePolicy {
  const table = DEFAULT_GATE_POLICIES[gate];
  const override = config.policy.gates[gate] ?? {};
  return {
    ...table,
    roles: override.roles ?? table.roles,
    people: override.people ?? table.people,
    starterMayDecide: override.starterMayDecide ?? table.starterMayDecide,
    attestation: override.attestation ?? (config.policy.acceptDeclared ? 'declared' : table.attestation),
    deadlineMs: override.deadline ?? table.deadlineMs,
    nextPerson: override.nextPerson ?? table.nextPerson,
    lastResort: override.lastResort ?? table.lastResort,
  };
}
