/**
 * The runbook as code. Reads like the checklist; knows no Temporal: `failover.ts` binds it to the SDK, the simulation to a virtual clock.
 * The order of the run is defined here and nowhere else (design §4).
 */
import { isHandOver, type HandOver, type RunInput } from '../domain/contract.js';
import type { NodeFacts } from '../domain/facts.js';
import type { Outcome, RunResult } from '../domain/run-facts.js';
import type { VerdictCode } from '../domain/verdict-code.js';
import type { Plan } from '../domain/plan.js';
import { ERRORS } from '../domain/errors.js';
import { nodeAt } from '../domain/node-at.js';
import { laterLineage } from '../domain/split.js';
import type { Inbox, Said } from './inbox.js';
import { EpochEnded, Run, RunStopped } from './run.js';
import type { RunContext } from './run-context.js';
import { startAfterwards } from './steps/after.js';
import { resultOf, standDown } from './steps/close.js';
import { detect, type Finding } from './steps/detect.js';
import { fenceOldPrimaries, holdFences } from './steps/fence.js';
import { proveTarget } from './steps/lineage.js';
import { moveApplication, verifyNow } from './steps/move.js';
import { callPeople } from './steps/people.js';
import { adopt, promoteReplica, setTarget } from './steps/promote.js';
import { rehearse } from './steps/rehearse.js';
import { resumeTrading } from './steps/resume.js';
import { validateRow } from './steps/row.js';
import { startSentry, type Sentry } from './steps/sentry.js';
import { ensurePaused, startPauseKeeper, type PauseKeeper } from './steps/trading.js';

/** How the workflow function is to end: with a result, or as a new epoch. */
export type RunEnd = { readonly kind: 'result'; readonly result: RunResult } | { readonly kind: 'continue'; readonly handOver: HandOver };

/** A situation that begins anew this often is not one that software should go on deciding about. */
const EPOCH_LIMIT = 8;

/** Verdicts that people are asked about although the proven primary itself is well. */
const DATABASE_IS_WELL: readonly VerdictCode[] = ['path-fault', 'application-only', 'row-invalid'];

/** Lets the binding publish the run (queries) as soon as it exists. */
export type OnRun = (run: Run) => void;

/** One run, from its plan to its close. */
export async function runbook(ctx: RunContext, inbox: Inbox, input: RunInput | HandOver, onRun: OnRun): Promise<RunEnd> {
  const handOver = isHandOver(input) ? input : undefined;
  const runInput = isHandOver(input) ? input.run : input;
  for (const { name, payload } of handOver?.messages ?? []) inbox.receive(name, payload);
  const plan = await resolvePlan(ctx, inbox, runInput);
  inbox.list(plan.people);
  const run = new Run(ctx, inbox, plan, runInput, handOver);
  onRun(run);
  run.steps.push({
    step: 'plan',
    startedAtMs: run.startedAtMs,
    endedAtMs: ctx.now(),
    result: 'done',
    detail: `Plan ${plan.hash.slice(0, 12)}; ${plan.changed.join(' ') || 'unchanged since the last run.'}`,
  });
  run.show();

  const keeper = startPauseKeeper(run);
  const sentry = startSentry(run);
  run.pauseNow = (because) => keeper.pause(because);
  const end = await theChecklist(run, sentry, keeper).catch((error: unknown) => {
    // A bug parks the run as it stands: the workflow task fails and is tried again after a deploy. Nothing is wound down for it.
    if (error instanceof RunStopped || error instanceof EpochEnded) return error;
    throw error;
  });
  const anew = end instanceof EpochEnded && run.epoch < EPOCH_LIMIT ? end : undefined;
  const because = typeof end === 'string' ? '' : end.because;
  const outcome =
    typeof end === 'string'
      ? end
      : anew !== undefined
        ? 'handed-over'
        : await standDown(run, keeper, end instanceof RunStopped ? end.outcome : 'handed-over', because);
  await windDown(run, sentry, keeper);
  // Watchers have stopped: approvals and leases of this epoch are void, what people said last is handed over.
  if (anew !== undefined) return { kind: 'continue', handOver: handOverOf(run, anew) };
  if (run.inbox.firingSince(run.detectedAtMs).length > 0 && run.plan.mode === 'incident' && run.epoch < EPOCH_LIMIT) {
    const again = await reopens(run);
    if (again !== undefined) return { kind: 'continue', handOver: handOverOf(run, again) };
  }
  run.result = resultOf(run, outcome, because === '' ? (run.judgement?.verdict.sentence ?? '') : because);
  run.show();
  await startAfterwards(run);
  return { kind: 'result', result: run.result };
}

async function windDown(run: Run, sentry: Sentry, keeper: PauseKeeper): Promise<void> {
  const lease = await run.lease?.stop();
  if (lease !== undefined && lease.kind !== 'done') run.fail(lease.error);
  await sentry.stop();
  await keeper.stop();
}

/** The checklist of the runbook, in its order (design §2). */
async function theChecklist(run: Run, sentry: Sentry, keeper: PauseKeeper): Promise<Outcome> {
  const finding = await detect(run, sentry);
  if (run.plan.mode === 'rehearsal') return rehearse(run, finding);
  const { step } = finding.judgement.verdict;
  if (step === 'close' && run.plan.mode !== 'planned') {
    throw new RunStopped('no-failover', `${finding.judgement.verdict.code}: ${finding.judgement.verdict.sentence}`);
  }
  callPeople(run, finding);
  if (!run.mayAct)
    throw new RunStopped(
      'handed-over',
      `${run.plan.store} is disarmed: it was observed, nothing was touched. ${ERRORS.HF_STORE_DISARMED.next}`,
    );

  await ensurePaused(run, sentry, keeper, pauseReason(finding));
  const guard = (): Promise<void> => holdFences(run, sentry, (because) => ensurePaused(run, sentry, keeper, because));
  run.guard = guard;
  await takeTheDatabase(run, sentry, finding);
  await proveTarget(run, sentry);
  await guard();
  const row = await moveApplication(run, sentry, await validateRow(run, sentry), guard);
  await run.step('verify', 'Every instance once more, together', async () => {
    const { problems, names } = await verifyNow(run, sentry, run.strength, row);
    if (problems.length > 0) throw new RunStopped('handed-over', `Verification refuses: ${problems.join(' ')}`);
    return [
      'done',
      `All ${names.length} instances: own session on ${run.target?.node ?? '?'}, no session elsewhere, admin API equal to the row.`,
    ] as const;
  });
  // The last instance has read the row: the lease ends here, before people are asked about trading.
  await run.lease?.stop();
  await guard();
  return resumeTrading(run, sentry, row, guard);
}

/** From the verdict to a proven writer: fence what could serve, then promote, adopt, or stay where the primary is well. */
async function takeTheDatabase(run: Run, sentry: Sentry, finding: Finding): Promise<void> {
  const { verdict, primary } = finding.judgement;
  // A node that was seen writing and answers as a standby now was taken back by its manager; one that is silent could write again.
  const standbys = (run.seen?.nodes ?? []).filter((n) => n.answer?.inRecovery === true).map((n) => n.node);
  const old = [...new Set([...run.earlierPrimaries, ...[...run.writersSeen].filter((name) => !standbys.includes(name))])];
  // "Fail over" said to a database that is well means: lead the application to it. A healthy primary is never fenced for that.
  const stay =
    verdict.step === 'restore' || verdict.step === 'restart' || (finding.orderedByPeople && DATABASE_IS_WELL.includes(verdict.code));
  // A node of the cluster, other than the primary, that the application is pointed at: somebody promoted past it, and people accept that first.
  const pointed = nodeAt(run.plan.nodes, run.seen?.config)?.name;
  const leftBehind = !finding.orderedByPeople && pointed !== undefined && pointed !== primary;
  if (stay && !leftBehind && primary !== undefined && run.seen !== undefined) {
    setTarget(run, primary, run.seen, 'unchanged');
    return;
  }
  // Two writers, one of which left the other's timeline by a promotion: that one is right, the other is kept from serving.
  const split = verdict.step === 'pause-first' && run.seen !== undefined ? laterLineage(run.seen, run.plan.lastSnapshot) : undefined;
  const adopted = verdict.step === 'adopt' || (stay && leftBehind) ? primary : split;
  if (adopted !== undefined && run.seen !== undefined) {
    setTarget(run, adopted, run.seen, 'found');
    // Which includes the node that the application is still pointed at: a store's memory may have followed the promotion already.
    // A node that answers as a standby serves nobody as primary: an observation that holds until the sentry sees it lifted (design S4).
    const couldServe = ({ node, answer }: NodeFacts): boolean =>
      answer === undefined ? old.includes(node) || node === pointed : !answer.inRecovery;
    const others = run.seen.nodes.filter((n) => n.node !== adopted && couldServe(n)).map((n) => n.node);
    await fenceOldPrimaries(run, sentry, others);
    await adopt(run, sentry, adopted, verdict.sentence);
    return;
  }
  const ordered = verdict.step === 'fail-over' || finding.orderedByPeople || run.plan.mode === 'planned';
  if (!ordered)
    throw new RunStopped(
      'handed-over',
      `${verdict.code}: ${verdict.sentence} It is not proven which node is right; people decide by hand.`,
    );
  // Planned work under an HA manager is its switchover: the old primary gives its role away in good order and follows the new one.
  const handsOver = run.plan.mode === 'planned' && primary !== undefined && run.node(primary).managed ? primary : undefined;
  if (handsOver === undefined) await fenceOldPrimaries(run, sentry, old);
  await promoteReplica(run, sentry, handsOver);
}

/** An alert newer than the last observation re-opens detection before the run closes (design S10): one look; anything but well is a new epoch. */
async function reopens(run: Run): Promise<EpochEnded | undefined> {
  const before = run.judgement;
  try {
    const finding = await detect(run, undefined);
    const { verdict } = finding.judgement;
    const target = run.target?.node;
    const well = verdict.step === 'close' || (verdict.code === 'already-moved' && finding.judgement.primary === target);
    if (well) run.judgement = before;
    return well ? undefined : new EpochEnded(`An alert arrived before the run closed: ${verdict.code}.`);
  } catch (error) {
    if (error instanceof RunStopped) return undefined; // people said: close
    throw error;
  }
}

function pauseReason(finding: Finding): string {
  return `${finding.judgement.verdict.code}: trading stands still while the store is moved`;
}

async function resolvePlan(ctx: RunContext, inbox: Inbox, input: RunInput): Promise<Plan> {
  for (let tries = 1; ; tries += 1) {
    const resolved = await ctx.call('resolvePlan', { run: input }, { summary: `Resolve the plan of ${input.store}`, effect: 'read' });
    if (resolved.kind === 'done') return resolved.value;
    // Nothing was started and nothing is lost: the run waits here until the configuration is mended, and says why.
    const why = `${resolved.error.message} ${ERRORS[resolved.error.code].next}`;
    inbox.ignore(`plan: ${why}`);
    if (tries === 1) pageWithoutPlan(ctx, input, why);
    const rechecks = inbox.rechecks;
    await ctx.waitUntil(() => inbox.rechecks !== rechecks, 30_000, `No plan: ${resolved.error.code}; tried again every 30 s`);
  }
}

/** A run that cannot even plan must not wait in silence: whoever the store's notifier reaches is told, if it can be reached at all. */
function pageWithoutPlan(ctx: RunContext, input: RunInput, why: string): void {
  const { store, trigger, mode } = input;
  const prefix = mode === 'exercise' ? 'EXERCISE ' : '';
  const notice = {
    to: ['on-call', 'risk'] as const,
    urgency: 'page' as const,
    title: `${prefix}${store}: the run has no plan`,
    text: `${prefix}${why}\nNothing was touched and trading was not paused. Pause it by hand: \`holdfast trading pause ${store}\`.`,
    store,
    incident: trigger.incident,
    workflowId: ctx.workflowId,
    id: `${trigger.incident}/0/no-plan/1`,
  };
  void ctx.call('notify', { store, notice }, { summary: 'Page: the run has no plan', effect: 'visible' });
}

function handOverOf(run: Run, end: EpochEnded): HandOver {
  return {
    schema: 1,
    run: { ...run.input, mode: end.mode ?? run.input.mode },
    epoch: run.epoch + 1,
    ...(run.pause.record === undefined || run.pause.state === 'lifted' ? {} : { pause: run.pause.record }),
    fences: run.fences,
    earlierPrimaries: [...new Set([...run.earlierPrimaries, ...run.writersSeen, ...(run.target === undefined ? [] : [run.target.node])])],
    unreadAlerts: run.inbox.firingSince(run.detectedAtMs),
    unfenced: run.unfenced,
    engagedSeen: run.engagedSeen,
    messages: lastWords(run),
    because: end.because,
  };
}

/** What people said and the next epoch must hear: an abort, a disarm, a wish to pause that is not fulfilled. */
function lastWords({ inbox, pause }: Run): HandOver['messages'] {
  const word = (name: string, said: Said | undefined) =>
    said === undefined ? [] : [{ name, payload: { by: said.by, reason: said.text } }];
  return [
    ...word('abort', inbox.aborted),
    ...word('disarm', inbox.disarmed),
    ...(pause.state === 'proven' ? [] : word('pause-trading', inbox.pauseRequested)),
  ];
}
