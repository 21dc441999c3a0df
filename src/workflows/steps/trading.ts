/** Step 2, trading: one pause, whoever asks for it, proven or paged (design S7). */
import { formatDuration } from '../../domain/duration.js';
import type { PauseRecord } from '../../domain/contract.js';
import { RunStopped, type Run } from '../run.js';
import { passGate } from './gate.js';
import type { Sentry } from './sentry.js';

/** Keeps watch over the reasons to pause for the whole run: a person's word, the staleness window, or the run's own need. */
export interface PauseKeeper {
  /** Pauses now (once) and resolves when the pause is proven or known to be unproven. */
  pause(because: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the keeper. It works while gates are open and while other steps run; it never depends on them. */
export function startPauseKeeper(run: Run): PauseKeeper {
  let stopped = false;
  let pausing: Promise<void> | undefined;
  const settled = (): boolean => run.pause.state === 'proven' || run.pause.state === 'unable';
  const pause = (because: string): Promise<void> => {
    if (settled()) return Promise.resolve();
    const wishes = run.inbox.pauseRequests;
    pausing ??= pauseAndProve(run, because).then(() => {
      pausing = undefined;
      if (settled()) run.pauseWishesAnswered = wishes;
    });
    return pausing;
  };
  // A rehearsal touches nothing by itself; a person's word pauses even there.
  const clockMayPause = run.plan.mode !== 'rehearsal';
  const reason = (): string | undefined => {
    const { pauseRequested, pauseRequests } = run.inbox;
    if (settled()) return undefined;
    if (pauseRequests > run.pauseWishesAnswered)
      return `${pauseRequested === undefined || pauseRequested.by === '' ? 'somebody' : pauseRequested.by} asked for it`;
    // A pause that was lifted by people is not put again by the clock: only somebody's word does that.
    if (run.pause.state === 'lifted') return undefined;
    if (clockMayPause && run.plan.armed && run.stalenessDeadlineMs !== undefined && run.ctx.now() >= run.stalenessDeadlineMs) {
      return `the row could not be read for ${formatDuration(run.plan.times.stalenessWindowMs)} (staleness window)`;
    }
    return undefined;
  };
  const loop = async (): Promise<void> => {
    let tried = 0;
    while (!stopped) {
      if (pausing !== undefined) {
        await pausing; // somebody else is at it: nothing to decide before it has ended
        continue;
      }
      const why = reason();
      if (why !== undefined) {
        tried += 1;
        await pause(why);
        if (!settled())
          await run.ctx.waitUntil(
            () => stopped,
            run.plan.times.observeEveryMs * Math.min(2 ** tried, 60),
            'Before the pause is tried again',
          );
        continue;
      }
      const ended = settled() || run.pause.state === 'lifted' || !run.plan.armed || !clockMayPause;
      const deadlineMs = ended ? undefined : run.stalenessDeadlineMs;
      const known = run.stalenessDeadlineMs;
      await run.ctx.waitUntil(
        () => stopped || (run.inbox.pauseRequests > run.pauseWishesAnswered && !settled()) || run.stalenessDeadlineMs !== known,
        deadlineMs === undefined ? undefined : Math.max(deadlineMs - run.ctx.now(), 0),
        'Staleness window: trading is paused when it ends',
      );
    }
  };
  const running = loop();
  return {
    pause,
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}

/** Asks for the pause under one key for the whole incident, then proves it by the platform's own word. */
async function pauseAndProve(run: Run, because: string): Promise<void> {
  const { adapters, times, store } = run.plan;
  if (!adapters.pause.able) {
    run.pause = { state: 'unable', because, detail: `No pause is configured. Manual kill: ${adapters.pause.manualKill}` };
    run.tell(['on-call', 'risk'], 'page', `${store}: trading must be paused by hand`, `${because}. ${run.pause.detail}`);
    run.show();
    return;
  }
  await run.step('pause', because, async () => {
    const record = (isInDoubt(run) ? run.pause.record : undefined) ?? (await askForPause(run, because));
    const proof = await run.ctx.call(
      'proveTrading',
      { store, everyMs: Math.min(times.observeEveryMs, 500), limitMs: times.pauseProofMs, want: 'paused' },
      { summary: 'Prove that trading is paused: read it back from the platform', effect: 'read', limitMs: times.pauseProofMs + 10_000 },
    );
    if (proof.kind === 'done' && proof.value.state !== 'unknown') run.pauseInDoubt = undefined;
    if (proof.kind === 'done' && proof.value.state === 'paused') {
      run.pause = { state: 'proven', because, record: { ...record, provenAtMs: run.ctx.now() }, detail: proof.value.detail };
      run.tell(['risk', 'on-call'], 'page', `${store}: trading is paused, proven`, `${because}. ${proof.value.detail}`);
      return ['done', `Trading is paused, proven: ${proof.value.detail}`] as const;
    }
    const detail = proof.kind === 'done' ? proof.value.detail : proof.error.message;
    run.pause = { state: 'unproven', because, record, detail };
    run.fail(
      run.record('HF_PAUSE_UNPROVEN', detail, { rule: 'S7', waitedMs: String(times.pauseProofMs), manualKill: adapters.pause.manualKill }),
    );
    run.tell(
      ['risk', 'on-call', 'operations'],
      'page',
      `${store}: the pause is UNPROVEN`,
      `${detail} Do now: ${adapters.pause.manualKill}`,
    );
    return ['failed', `pause-unproven: ${detail}`] as const;
  });
}

/** Such a pause is only read back (promise S5), until the platform says how it went, or somebody wishes again that it be sent. */
function isInDoubt(run: Run): boolean {
  return run.pauseInDoubt !== undefined && run.inbox.pauseRequests <= run.pauseInDoubt && run.pause.state !== 'lifted';
}

async function askForPause(run: Run, because: string): Promise<PauseRecord> {
  // A pause that was lifted is over: asking under its key again could be taken for a repetition.
  const earlier = run.pause.state === 'lifted' ? undefined : run.pause.record;
  const record: PauseRecord = earlier ?? { key: run.key('pause'), requestedAtMs: run.ctx.now(), restore: {} };
  run.pause = { state: 'asked', because, record, detail: 'Asked; not proven yet.' };
  run.show();
  const asked = await run.ctx.call(
    'pauseTrading',
    { store: run.plan.store, key: record.key },
    { summary: `Pause trading: ${because}`.slice(0, 100), effect: run.plan.adapters.pause.pause },
  );
  if (asked.kind !== 'done') {
    // Refused or unknown: either way only the read-back tells, and it comes next.
    if (asked.kind === 'unknown' && run.plan.adapters.pause.pause === 'read-back') run.pauseInDoubt = run.inbox.pauseRequests;
    run.fail(asked.error);
    return record;
  }
  return { ...record, restore: asked.value.restore };
}

/**
 * Returns when trading is proven to be paused, or people said to go on although it is not (recorded at gate `inconclusive`).
 * A configuration without a pause (`none`) goes on: people were paged with the manual kill.
 */
export async function ensurePaused(run: Run, sentry: Sentry, keeper: PauseKeeper, because: string): Promise<void> {
  for (;;) {
    await keeper.pause(because);
    if (run.pause.state === 'proven' || run.pause.state === 'unable') return;
    const answer = await passGate(run, sentry, {
      gate: 'inconclusive',
      topic: 'pause-unproven',
      title: `The pause of trading is not proven: ${run.pause.detail}`,
      lines: [`Do now: ${run.plan.adapters.pause.manualKill}`, 'Then answer recheck: the pause is read back from the platform.'],
      logins: [],
      extraPeople: [],
    });
    if (answer.option === 'fail-over') return;
    if (answer.option === 'send-again') run.pauseInDoubt = undefined;
    // Asked from within a gate whose own time is over too: that one ends in silence next, and must not wait for more rounds of this question.
    if (answer.answeredBy === 'silence' && run.open !== undefined && run.ctx.now() >= run.open.deadlineMs) return;
    if (answer.option === 'close') throw new RunStopped('handed-over', `Trading is not proven to be paused: ${run.pause.detail}`);
  }
}
