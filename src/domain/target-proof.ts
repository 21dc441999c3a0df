/** Promise S3 as a function: what must be proven of a node before the application is pointed at it. */
import type { Observation } from './facts.js';
import { relate, type Relation } from './timeline.js';
import type { JudgeContext } from './verdict/scene.js';

export interface TargetProof {
  readonly name: 'answers' | 'primary' | 'commits' | 'identity' | 'marker' | 'lineage' | 'only-writer' | 'application-login';
  readonly ok: boolean;
  /** True when waiting cannot help. */
  readonly final: boolean;
  readonly sentence: string;
}

export interface TargetContext extends Pick<JudgeContext, 'plan' | 'fenced'> {
  readonly target: string;
  readonly logins: Readonly<Record<string, { readonly ok: boolean; readonly sentence: string }>>;
}

/**
 * The expected primary may stay on its timeline; any other node must have left it by a promotion (as in verdict/scene.ts): a copy of the
 * primary that was started without being promoted has the same history.
 */
function lineage(target: string, expectedPrimary: string, { relation, sentence }: Relation): TargetProof {
  const unpromoted = relation === 'same' && target !== expectedPrimary;
  const ok = relation === 'extends' || (relation === 'same' && !unpromoted);
  return {
    name: 'lineage',
    ok,
    final: relation === 'fork',
    sentence: unpromoted ? `${sentence} It is not ${expectedPrimary} and was not promoted.` : sentence,
  };
}

/** Every proof of the target, failed ones included. All must be ok. */
export function targetProofs(observation: Observation, context: TargetContext): readonly TargetProof[] {
  const { target, plan } = context;
  const proof = (name: TargetProof['name'], ok: boolean, sentence: string, final = false): TargetProof => ({
    name,
    ok,
    sentence,
    final: final && !ok,
  });
  const facts = observation.nodes.find((n) => n.node === target);
  const answer = facts?.answer;
  if (answer === undefined) return [proof('answers', false, `${target} does not answer: ${facts?.failure?.text ?? 'not asked'}.`)];
  const snapshot = plan.lastSnapshot;
  const others = observation.nodes
    .filter((n) => n.node !== target && n.answer?.inRecovery === false && !context.fenced.includes(n.node))
    .map((n) => n.node);
  const relation =
    snapshot === undefined ? undefined : relate({ ...snapshot.history, lsn: snapshot.lsn }, { ...answer.history, lsn: answer.receivedLsn });
  const login = context.logins[target];
  return [
    proof('answers', true, `${target} answers under its own address.`),
    proof(
      'primary',
      !answer.inRecovery,
      answer.inRecovery ? `${target} is in recovery.` : `${target} is out of recovery, timeline ${answer.history.timeline}.`,
    ),
    answer.probe.state === 'committed'
      ? proof('commits', true, `A probe committed in ${answer.probe.tookMs} ms.`)
      : proof(
          'commits',
          false,
          answer.probe.state === 'failed'
            ? `A probe did not commit: ${answer.probe.failure.text}.`
            : `No probe was tried: ${answer.probe.why}.`,
        ),
    snapshot === undefined
      ? proof('identity', true, 'No snapshot to compare the system identifier with.')
      : proof(
          'identity',
          answer.systemIdentifier === snapshot.systemIdentifier,
          `System identifier ${answer.systemIdentifier}, last snapshot ${snapshot.systemIdentifier}.`,
          true,
        ),
    proof('marker', answer.marker === plan.environment, `Marker ${answer.marker ?? 'absent'}, expected ${plan.environment}.`, true),
    relation === undefined
      ? proof('lineage', true, 'No snapshot to compare the lineage with.')
      : lineage(target, plan.expectedPrimary, relation),
    proof(
      'only-writer',
      others.length === 0,
      others.length === 0 ? 'No second unfenced node accepts writes.' : `${others.join(', ')} accepts writes too.`,
    ),
    proof('application-login', login?.ok === true, login === undefined ? 'The application’s login was not tried.' : login.sentence),
  ];
}
