/** Step 1: facts first, then a pure function; what to do with the verdict is said by the table (design §2). */
import { nodeAt } from '../../domain/node-at.js';
import { stalenessAnchor, unknownWindow, type StalenessAnchor } from '../../domain/staleness.js';
import type { JudgeContext } from '../../domain/verdict/scene.js';
import type { Judgement, VerdictCode } from '../../domain/verdict-code.js';
import { RunStopped, type Run } from '../run.js';
import { passGate } from './gate.js';
import { safePoint, type Sentry } from './sentry.js';

/** Longest look of one `confirm` call: within it a verdict must hold for its hold-off, else it is looked at again. */
const CONFIRM_LIMIT_MS = 60_000;

/** So many looks of full length without a verdict that holds, and people are asked. */
const UNSETTLED_LIMIT = 3;

/** What the run is to do about what it found. */
export interface Finding {
  readonly judgement: Judgement;
  /** A person answered `inconclusive` with fail-over. */
  readonly orderedByPeople: boolean;
}

export function judgeContext(run: Run): JudgeContext {
  const { nodes, instances, rowRules, environment, expectedPrimary, lastSnapshot, times } = run.plan;
  return {
    plan: { nodes, instances, rowRules, environment, expectedPrimary, times, ...(lastSnapshot === undefined ? {} : { lastSnapshot }) },
    fenced: run.fences.map((f) => f.node),
    receiverStalledAfterMs: times.receiverStalledMs,
  };
}

/** Looks until one verdict has held for its hold-off, waits where waiting is right, and asks people where the table says so. */
export async function detect(run: Run, sentry: Sentry | undefined): Promise<Finding> {
  let finding: Finding | undefined;
  await run.step('detect', 'Is the primary really lost?', async () => {
    finding = await settle(run, sentry);
    const { verdict, also } = finding.judgement;
    const others = also.length === 0 ? '' : ` Also seen: ${also.map((v) => v.code).join(', ')}.`;
    return ['done', `${verdict.code}: ${verdict.sentence}${others}`] as const;
  });
  if (finding === undefined) throw new Error('detect ended without a finding'); // unreachable: the step returns or throws
  return finding;
}

async function settle(run: Run, sentry: Sentry | undefined): Promise<Finding> {
  const waitUntilMs = run.ctx.now() + run.plan.times.waitVerdictMs;
  let unsettled = 0;
  for (;;) {
    safePoint(run);
    const confirmed = run.need(
      await run.ctx.call(
        'confirm',
        {
          store: run.plan.store,
          context: judgeContext(run),
          probe: run.plan.mode !== 'rehearsal',
          everyMs: run.plan.times.observeEveryMs,
          limitMs: CONFIRM_LIMIT_MS,
        },
        { summary: 'Look at nodes, instances and platform until one verdict holds', effect: 'read', limitMs: CONFIRM_LIMIT_MS + 30_000 },
      ),
      'Nothing could be observed',
    );
    run.see(confirmed.observation);
    run.judgement = confirmed.judgement;
    run.detectedAtMs = confirmed.observation.atMs;
    anchorStaleness(run);
    run.show();
    const { verdict } = confirmed.judgement;
    if (!confirmed.settled) {
      // A verdict that never holds is a matter for people, not for an endless look.
      unsettled += 1;
      if (unsettled < UNSETTLED_LIMIT) continue;
      unsettled = 0;
      const ordered = await ask(run, sentry, confirmed.judgement);
      if (ordered !== undefined) return ordered;
      continue;
    }
    unsettled = 0;
    // An HA manager that may still act by itself is waited for: a request made before that would only wait with it (adopt first).
    const patientUntilMs = Math.max(waitUntilMs, managerActsBefore(run, verdict.code));
    if (verdict.step === 'wait' && run.ctx.now() < patientUntilMs) {
      await run.ctx.waitUntil(
        () => run.inbox.aborted !== undefined,
        run.plan.times.observeEveryMs,
        `${verdict.code}: wait, then look again`,
      );
      continue;
    }
    if (verdict.step !== 'wait' && verdict.step !== 'ask') return { judgement: confirmed.judgement, orderedByPeople: false };
    const ordered = await ask(run, sentry, confirmed.judgement);
    if (ordered !== undefined) return ordered;
  }
}

function managerActsBefore(run: Run, code: VerdictCode): number {
  return code === 'failover-in-progress' ? (run.seen?.manager?.actsByItselfBeforeMs ?? 0) : 0;
}

/** People decide where facts do not. Nothing returned means: look again. */
async function ask(run: Run, sentry: Sentry | undefined, judgement: Judgement): Promise<Finding | undefined> {
  const { verdict } = judgement;
  if (run.plan.mode === 'rehearsal') return { judgement, orderedByPeople: false };
  const answer = await passGate(run, sentry, {
    gate: 'inconclusive',
    topic: verdict.code,
    title: verdict.sentence,
    lines: [`What would change this verdict: ${judgement.wouldChange}`],
    logins: [],
    extraPeople: [],
  });
  switch (answer.option) {
    case 'fail-over':
      return { judgement, orderedByPeople: true };
    case 'close':
      throw new RunStopped('no-failover', `${verdict.code}: ${verdict.sentence} Closed by ${answer.people.join(', ') || 'silence'}.`);
    default:
      return undefined;
  }
}

/** The staleness clock (design step 2): reset only by an instance that reports its store operational, or by our read on the proven primary. */
function anchorStaleness(run: Run): void {
  const { lastSnapshot, nodes, times } = run.plan;
  const primary = run.judgement?.primary;
  const evidence = (earlier: StalenessAnchor | undefined, counts: (node: string) => boolean): StalenessAnchor =>
    stalenessAnchor({
      ...(run.seen === undefined ? {} : { observation: run.seen }),
      ...(primary === undefined || !counts(primary) ? {} : { provenPrimary: primary }),
      ...(lastSnapshot === undefined || !counts(lastSnapshot.primary) ? {} : { lastSnapshot }),
      ...(earlier === undefined ? {} : { earlier }),
      trigger: run.input.trigger,
    });
  run.anchor = evidence(run.anchor, () => true);
  run.stalenessDeadlineMs = run.anchor.atMs + times.stalenessWindowMs;
  // A primary that the application is not pointed at can be read, and gives nobody control of the switch.
  const pointed = nodeAt(nodes, run.seen?.config)?.name;
  run.controlAnchor = evidence(run.controlAnchor, (node) => pointed === undefined || node === pointed);
  const { atMs, source } = run.controlAnchor;
  run.unknownWindow = unknownWindow(source === 'read' ? atMs : undefined, run.judgement?.atMs ?? run.ctx.now()).sentence;
  run.controlLostAtMs = atMs;
}
