import type { OpenedGate } from '../../src/domain/evidence.js';
import type { GatePolicies, GatePolicy } from '../../src/domain/gate.js';
import type { Decision } from '../../src/domain/decision.js';
import type { SentDecision } from '../checker/types.js';
import { worldSignature } from '../support/fakes/attestation.js';
import type { World } from '../support/world/types.js';
import type { Answer, PeopleScript } from './people-schedule.js';

/** Where people send what they decided. An Update may be turned away at once; then nothing was sent. */
export interface Mailbox {
  decide(payload: Decision, via: 'signal' | 'update'): boolean;
}

/** People who read cards and answer by their script, for ever the same way. */
export interface SimPeople {
  read(opened: OpenedGate): void;
  readonly sent: readonly SentDecision[];
}

/** After so many cards of one gate people have had enough: they take the last safe answer. */
const PATIENCE = 5;

function policyOf(gates: GatePolicies, gate: string): GatePolicy | undefined {
  return Object.values(gates).find((policy) => policy.gate === gate);
}

function optionOf(policy: GatePolicy, wanted: string): string {
  if (wanted === 'yes') return policy.options.find((option) => !option.safe)?.name ?? '';
  if (wanted === 'no') return policy.options.filter((option) => option.safe).at(-1)?.name ?? '';
  return wanted;
}

/** Creates the people of one night. */
export function createSimPeople(world: World, gates: GatePolicies, script: PeopleScript, mailbox: Mailbox): SimPeople {
  const sent: SentDecision[] = [];
  const cards: OpenedGate[] = [];

  const send = (opened: OpenedGate, policy: GatePolicy, answer: Answer): void => {
    const option = optionOf(policy, answer.option);
    const earlier = cards.find((card) => card.gate === opened.gate && card.code !== opened.code) ?? opened;
    const card = answer.code === 'earlier' ? earlier : opened;
    const code = answer.code === 'none' ? '' : answer.code === 'made-up' ? '0000000000' : card.code;
    const person = world.people.find((one) => one.id === answer.person);
    const unsigned: Decision = { schema: 1, gate: opened.gate, option, code, by: answer.person };
    const key = person?.keyId ?? 'unknown-key';
    const value = answer.proof === 'forged' ? 'forged' : worldSignature(key, unsigned, card.hash);
    const decision: Decision = answer.proof === 'typed' ? unsigned : { ...unsigned, signature: { key, value } };
    const safe = policy.options.some((one) => one.name === option && one.safe);
    const atMs = world.clock.now();
    if (!mailbox.decide(decision, answer.via)) return;
    const proven = answer.proof === 'own' || (answer.proof === 'typed' && (safe || policy.attestation === 'declared'));
    sent.push({
      atMs,
      person: answer.person,
      roles: person?.roles ?? [],
      gate: opened.gate,
      option,
      code,
      genuine: person !== undefined && proven,
    });
  };

  return {
    sent,
    read(opened) {
      if (cards.some((card) => card.code === opened.code)) return;
      cards.push(opened);
      const policy = policyOf(gates, opened.gate);
      if (policy === undefined) return;
      const seen = cards.filter((card) => card.gate === opened.gate).length;
      const answers = script.byGate[opened.gate] ?? script.others;
      const tired =
        seen > PATIENCE ? answers.slice(0, 1).map((answer): Answer => ({ ...answer, option: 'no', code: 'shown', proof: 'own' })) : answers;
      for (const answer of tired) world.clock.at(world.clock.now() + answer.afterMs, () => send(opened, policy, answer));
    },
  };
}
