/**
 * The closed table of design §3 as data: `holdfast policy show` prints it, configuration may only change people, roles, deadlines
 * and attestation of a gate, never its options. Texts of options avoid the past participle of "pause": a card that is not backed
 * by a proven pause must not contain that word (design S7).
 */
import type { Attestation, GateName, GateOption, GatePolicies, GatePolicy } from './gate.js';
import type { Role } from './plan.js';

const MINUTE_MS = 60_000;

const safe = (name: string, does: string): GateOption => ({ name, does, safe: true });
const unsafe = (name: string, does: string): GateOption => ({ name, does, safe: false });

const ON_CALL: readonly Role[] = ['on-call'];
const ON_CALL_AND_RISK: readonly Role[] = ['on-call', 'risk'];

/** Who must answer: one on-call person who may be the starter, or two different people of which one is on-call and one risk. */
const ONE_ON_CALL = { roles: ON_CALL, people: 1, starterMayDecide: true, nextPerson: 'operations', lastResort: 'risk' } as const;
const TWO_PEOPLE = { roles: ON_CALL_AND_RISK, people: 2, starterMayDecide: true, nextPerson: 'operations', lastResort: 'risk' } as const;

/** The default policy of every gate. */
export const DEFAULT_GATE_POLICIES: GatePolicies = {
  promote: {
    gate: 'promote',
    options: [
      unsafe('approve', 'Promotes the named node. It cannot be undone; what the old primary had not sent is lost.'),
      safe('reject', 'Promotes nothing. Trading is made to stand still and the manual continuation is handed over.'),
    ],
    ...ONE_ON_CALL,
    attestation: 'signed',
    deadlineMs: 15 * MINUTE_MS,
    onSilence: 'reject',
  },
  accept: {
    gate: 'accept',
    options: [
      unsafe('accept', 'Adopts the promotion that somebody else made, with the loss shown, and moves the application there.'),
      safe('reject', 'Leaves the application where it is. Trading is made to stand still and the manual continuation is handed over.'),
    ],
    ...ONE_ON_CALL,
    attestation: 'signed',
    deadlineMs: 15 * MINUTE_MS,
    onSilence: 'reject',
  },
  unfenced: {
    gate: 'unfenced',
    options: [
      unsafe('proceed', 'Goes on although an old primary could still serve. Orders may be decided on two different switches.'),
      safe('hold', 'Goes no further until every old primary is fenced. Trading is made to stand still.'),
    ],
    ...TWO_PEOPLE,
    // The most dangerous answer there is: whoever started the run does not also decide it.
    starterMayDecide: false,
    attestation: 'signed',
    deadlineMs: 30 * MINUTE_MS,
    onSilence: 'hold',
  },
  reaffirm: {
    gate: 'reaffirm',
    options: [
      unsafe(
        'reaffirm',
        'Renews the timestamp of the row as shown, bounded in time, so that instances accept it. The switch stays as it is.',
      ),
      safe('engage-instead', 'Engages the switch. Automated trading must stand still until people disengage it in the application.'),
      safe('hold', 'Writes nothing. Trading is made to stand still.'),
    ],
    ...TWO_PEOPLE,
    attestation: 'signed',
    deadlineMs: 15 * MINUTE_MS,
    onSilence: 'hold',
  },
  'restore-row': {
    gate: 'restore-row',
    options: [
      unsafe('restore-engaged', 'Creates the table if it is missing and writes the row as engaged.'),
      safe('hold', 'Writes nothing. No instance is started; trading is made to stand still.'),
    ],
    ...ONE_ON_CALL,
    attestation: 'signed',
    deadlineMs: 15 * MINUTE_MS,
    onSilence: 'hold',
  },
  rollout: {
    gate: 'rollout',
    options: [
      safe('wait', 'Gives the restart the same time once more.'),
      unsafe('replace-all', 'Stops all instances, proves them gone, then starts one, and the others after it is verified.'),
      safe('stop', 'Stops here. Trading is made to stand still and the manual continuation is handed over.'),
    ],
    ...ONE_ON_CALL,
    attestation: 'declared',
    deadlineMs: 15 * MINUTE_MS,
    onSilence: 'stop',
  },
  resume: {
    gate: 'resume',
    options: [
      unsafe('resume', 'Lifts the pause that this run made. Automated trading starts again.'),
      safe('keep-paused', 'Leaves trading paused. Whoever lifts it later does so by hand.'),
    ],
    ...TWO_PEOPLE,
    attestation: 'signed',
    deadlineMs: 60 * MINUTE_MS,
    onSilence: 'keep-paused',
  },
  return: {
    gate: 'return',
    options: [
      unsafe('return', 'Switches back to the preferred primary in a controlled way and points the application there.'),
      safe('stay', 'Stays on the node that is primary now.'),
    ],
    ...TWO_PEOPLE,
    attestation: 'signed',
    deadlineMs: 240 * MINUTE_MS,
    onSilence: 'stay',
  },
  inconclusive: {
    gate: 'inconclusive',
    options: [
      unsafe('fail-over', 'Treats the primary as lost and goes on with the failover; every later gate is still asked.'),
      unsafe('send-again', 'Sends the effect of unknown outcome once more, although it may have happened already.'),
      safe('recheck', 'Looks at everything again.'),
      safe('close', 'Ends this run and changes nothing. A pause that it made stays in force.'),
    ],
    ...ONE_ON_CALL,
    attestation: 'declared',
    deadlineMs: 15 * MINUTE_MS,
    onSilence: 'recheck',
  },
};

/** Gates at which an armed store takes `declared` only by an explicit policy, said loudly on each card (design §3). */
export const NEVER_DECLARED_BY_DEFAULT: readonly GateName[] = ['promote', 'unfenced', 'reaffirm', 'resume'];

/** The option of this name, absent when the gate has none. */
export function findOption(policy: GatePolicy, name: string): GateOption | undefined {
  return policy.options.find((option) => option.name === name);
}

/** Whether an attestation is at least as strong as the one asked for. */
export function isStrongEnough(given: Attestation, needed: Attestation): boolean {
  return strength(given) >= strength(needed);
}

function strength(attestation: Attestation): number {
  switch (attestation) {
    case 'declared':
      return 1;
    case 'principal':
      return 2;
    case 'signed':
      return 3;
  }
}
