/** What each gate binds a decision to, and the card's input: pure over plan, run and one observation (design S9). */
import type { CardInput } from './card-input.js';
import { rankCandidates } from './candidates.js';
import { formatInstant } from './duration.js';
import type { EvidenceField } from './evidence.js';
import type { Observation } from './facts.js';
import type { GateName } from './gate.js';
import type { Plan } from './plan.js';
import { lossBytes, possibleLoss } from './possible-loss.js';
import type { RunFacts } from './run-facts.js';
import { truthTable } from './truth-table.js';
import { writableNodes } from './substance.js';

/** What a gate is about: chosen by the step, the same for every opening. */
export interface GateSubject {
  readonly gate: GateName;
  /** What exactly is decided on, bound as `same`: a node, a verdict, names of instances. */
  readonly topic: string;
  readonly candidate?: string;
  /** What is broken, one sentence. */
  readonly title: string;
  /** Further sentences for the card. */
  readonly lines: readonly string[];
  /** Nodes whose application login is tried at each opening. */
  readonly logins: readonly string[];
  /** One sentence for each person that is needed on top of the policy. */
  readonly extraPeople: readonly string[];
}

type Logins = Readonly<Record<string, { readonly ok: boolean; readonly sentence: string }>>;

const same = (name: string, label: string, value: EvidenceField['value']): EvidenceField => ({ name, label, value, rule: 'same' });
const shown = (name: string, label: string, value: EvidenceField['value'], unit?: string): EvidenceField => ({
  name,
  label,
  value,
  rule: 'shown',
  ...(unit === undefined ? {} : { unit }),
});

/** Every node that accepts writes and is not fenced, sorted: one more is always a change for the worse. */
function writers(observation: Observation, facts: RunFacts): string {
  const fenced = facts.fences.map((f) => f.node);
  return (
    [...writableNodes(observation)]
      .filter((n) => n !== facts.target?.node && !fenced.includes(n))
      .sort()
      .join(', ') || 'none'
  );
}

/** Fields that every gate has: what is decided on, and the world's few facts that make any decision void when they change. */
function common(subject: GateSubject, plan: Plan, facts: RunFacts, observation: Observation): readonly EvidenceField[] {
  return [
    same('topic', 'Decided on', subject.topic),
    same('store', 'Store', plan.store),
    same('incident', 'Incident', plan.incident),
    same('plan', 'Plan', plan.hash),
    same('writers', 'Other nodes that accept writes and are not fenced', writers(observation, facts)),
    same(
      'fences',
      'Fences in force',
      facts.fences
        .map((f) => `${f.node}:${f.class}`)
        .sort()
        .join(', ') || 'none',
    ),
  ];
}

function candidateFields(
  subject: GateSubject,
  plan: Plan,
  facts: RunFacts,
  observation: Observation,
  logins: Logins,
): readonly EvidenceField[] {
  const name = subject.candidate ?? '';
  const node = observation.nodes.find((n) => n.node === name);
  const loss = node === undefined ? undefined : possibleLoss(node, observation, plan.lastSnapshot);
  const bytes = loss === undefined ? null : lossBytes(loss);
  const context = { plan, fenced: facts.fences.map((f) => f.node), applicationLogin: logins };
  const best = subject.gate === 'promote' ? (rankCandidates(observation, context).ranked[0]?.node ?? 'none') : name;
  return [
    same('verdict', 'Verdict', facts.judgement?.verdict.code ?? 'none'),
    same('candidate', subject.gate === 'promote' ? 'Best candidate' : 'Promoted node', best),
    same('candidate-timeline', 'Its timeline', node?.answer?.history.timeline ?? null),
    // An unknown loss has no bound: learning it later is no change for the worse, but a known one that becomes unknown is.
    {
      name: 'possible-loss-bytes',
      label: 'Possible loss',
      value: bytes,
      rule: 'at-most',
      ...(bytes === null ? {} : { bound: bytes }),
      unit: 'bytes',
    },
    same('loss-kind', 'Kind of loss', loss?.kind ?? 'unknown'),
    same(`login:${name}`, 'The application can log in there', logins[name]?.ok ?? false),
    same('switch-there', 'The switch there', switchOn(observation, name)),
    shown('received-lsn', 'Received WAL', node?.answer?.receivedLsn ?? null),
    shown('clock', 'Its clock against ours', node?.answer?.clock.offsetMs ?? null, 'ms'),
  ];
}

function switchOn(observation: Observation, name: string): string {
  const reading = observation.nodes.find((n) => n.node === name)?.answer?.row;
  if (reading === undefined) return 'no answer';
  return reading.state === 'present' ? (reading.row.engaged ? 'engaged' : 'disengaged') : reading.state;
}

function targetFields(facts: RunFacts, observation: Observation): readonly EvidenceField[] {
  const name = facts.target?.node ?? '';
  const answer = observation.nodes.find((n) => n.node === name)?.answer;
  const reading = answer?.row;
  return [
    same('target', 'Node', name),
    same('target-timeline', 'Its timeline', answer?.history.timeline ?? null),
    same('switch-there', 'The switch there', switchOn(observation, name)),
    same('reason-there', 'Its reason', reading?.state === 'present' ? reading.row.reason : null),
    shown('updated-at', 'Updated', reading?.state === 'present' ? formatInstant(reading.row.updatedAtMs) : null),
  ];
}

/** An instance that says engaged is always worse news for `resume`; one that stops answering too. */
function instanceFields(observation: Observation): readonly EvidenceField[] {
  const operational = observation.instances.filter((i) => i.health?.ready === true && i.health.storeOperational !== false).length;
  const engaged = observation.instances.filter((i) => i.health?.engaged === true).map((i) => i.instance);
  return [
    { name: 'instances-operational', label: 'Instances operational', value: operational, rule: 'at-least', bound: operational },
    same('instances-engaged', 'Instances that say engaged', engaged.sort().join(', ') || 'none'),
  ];
}

/** The fields of a gate on one observation. Called for the card, and again by whoever compares. */
export function gateFields(
  subject: GateSubject,
  plan: Plan,
  facts: RunFacts,
  observation: Observation,
  logins: Logins,
): readonly EvidenceField[] {
  const base = common(subject, plan, facts, observation);
  switch (subject.gate) {
    case 'promote':
    case 'accept':
      return [...base, ...candidateFields(subject, plan, facts, observation, logins)];
    case 'resume':
      return [
        ...base,
        ...targetFields(facts, observation),
        ...instanceFields(observation),
        same('pause', 'Pause of trading', facts.pause.state),
      ];
    case 'reaffirm':
    case 'restore-row':
    case 'return':
      return [...base, ...targetFields(facts, observation)];
    case 'rollout':
      return [...base, same('target', 'Node', facts.target?.node ?? '')];
    case 'unfenced':
      return [...base, same('unfenced', 'Not fenced', [...facts.unfenced].sort().join(', '))];
    case 'inconclusive':
      return [...base, same('verdict', 'Verdict', facts.judgement?.verdict.code ?? 'none')];
  }
}

export interface CardParts {
  readonly subject: GateSubject;
  readonly plan: Plan;
  readonly facts: RunFacts;
  readonly observation: Observation;
  readonly fields: readonly EvidenceField[];
  readonly hash: string;
  readonly code: string;
  readonly opening: number;
  readonly openedAtMs: number;
  readonly deadlineMs: number;
}

/** Everything the card is made of. */
export function cardInput(parts: CardParts): CardInput {
  const { subject, plan, facts, observation } = parts;
  const fences = facts.fences.map((f) => `${f.node}: class ${f.class}, ${f.proof}`);
  const unfenced = facts.unfenced.map((n) => `${n} is NOT fenced.`);
  return {
    mode: plan.mode,
    store: plan.store,
    workflowId: facts.workflowId,
    policy: plan.gates[subject.gate],
    opening: parts.opening,
    code: parts.code,
    hash: parts.hash,
    fields: parts.fields,
    writtenAtMs: parts.openedAtMs,
    deadlineAtMs: parts.deadlineMs,
    armed: facts.armed,
    broken: [subject.title, ...subject.lines].join(' '),
    pause: facts.pause,
    restingOrders: plan.adapters.pause.restingOrders,
    manualKill: plan.adapters.pause.manualKill,
    truth: truthTable(observation, plan.lastSnapshot, facts.target?.node ?? subject.candidate),
    ...(facts.unknownWindow === undefined ? {} : { unknownWindow: facts.unknownWindow }),
    ...(facts.loss === undefined ? {} : { loss: facts.loss }),
    fence: [...fences, ...unfenced].join(' ') || 'No old primary is fenced.',
    people: plan.people,
    extraPeople: subject.extraPeople,
  };
}
