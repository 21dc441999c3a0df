/** Commands that send one message to a run: abort, recheck, pause trading. */
import { HoldfastError } from '../../domain/errors.js';
import { storeOf } from '../../config/resolve-plan.js';
import { withClient } from '../context.js';
import type { CliContext, CommandResult, CommonOptions } from '../context.js';
import type { PauseFacts, RunFacts } from '../../domain/run-facts.js';
import { EXIT_CODES } from '../exit-codes.js';
import type { RunClient } from '../run-client.js';
import { personIdOf, workflowIdOf } from '../targets.js';

/** Who says it, and why. */
export interface MessageOptions extends CommonOptions {
  readonly as: string;
  readonly reason?: string;
}

/** Ends a run at its next safe point; the pause stays and the manual continuation is handed over. */
export async function abortCommand(context: CliContext, word: string, options: MessageOptions): Promise<CommandResult> {
  return send(
    context,
    word,
    'abort',
    options,
    'stops at its next safe point, with trading paused and that proven. What remains by hand: holdfast status --manual shows it.',
  );
}

/** "I mended it, look again." */
export async function recheckCommand(context: CliContext, word: string, options: MessageOptions): Promise<CommandResult> {
  return send(context, word, 'recheck', options, 'looks again.');
}

async function send(context: CliContext, word: string, name: string, options: MessageOptions, does: string): Promise<CommandResult> {
  const { config } = await context.load(options.config);
  const workflowId = workflowIdOf(config, word);
  const by = personIdOf(config, options.as);
  return withClient(context, config, async (client) => {
    await client.signal(workflowId, name, { by, ...(options.reason === undefined ? {} : { reason: options.reason }) });
    return { data: { workflowId, sent: name, by }, text: `Sent: ${workflowId} ${does}` };
  });
}

/**
 * Pauses trading now: one person, no code, no second person, also while disarmed (design §2, step 2). An open run is told; and because a
 * pause never depends on a healthy run, a workflow that only pauses and proves is started as well unless the run proves it itself in time.
 */
export async function pauseCommand(context: CliContext, storeName: string, options: MessageOptions): Promise<CommandResult> {
  const { config } = await context.load(options.config);
  const store = storeOf(config, storeName);
  const by = personIdOf(config, options.as);
  const reason = options.reason ?? 'asked for by a person';
  return withClient(context, config, async (client) => {
    const workflowId = workflowIdOf(config, storeName);
    const joined = await client.signal(workflowId, 'pause-trading', { by, reason }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof HoldfastError && error.code === 'HF_RUN_NOT_FOUND') return false;
        throw error;
      },
    );
    const seen = joined ? await pauseOf(context, client, workflowId) : undefined;
    if (seen?.state === 'proven') {
      return { data: { asked: workflowId, by, state: 'proven' }, text: `Trading is paused, proven by ${workflowId}: ${seen.detail}` };
    }
    if (seen?.state === 'unable') {
      return {
        data: { asked: workflowId, by, state: 'unable' },
        text: `Holdfast cannot pause this store. ${seen.detail}`,
        exit: EXIT_CODES.failed,
      };
    }
    const key = seen?.record?.key;
    const started = await client.startPause(storeName, store.cluster.name, { by, reason, ...(key === undefined ? {} : { key }) });
    const why = joined ? `${workflowId} has not proven a pause within ${PROOF_MS / 1000} s` : 'No run is open';
    return {
      data: { asked: started.workflowId, by, state: 'asked' },
      text: `${why}; ${started.workflowId} pauses trading and proves it. Look: holdfast trading state ${storeName}`,
    };
  });
}

/** How long a run may take to prove its pause before the independent one is started (design §2, step 2). */
const PROOF_MS = 5000;
const LOOK_MS = 250;

/** The pause of an open run, as soon as it is proven or known to be impossible; else what is known of it after the time. */
async function pauseOf(context: CliContext, client: RunClient, workflowId: string): Promise<PauseFacts | undefined> {
  let pause: PauseFacts | undefined;
  for (let looks = 0; looks <= PROOF_MS / LOOK_MS && !context.signal.aborted; looks += 1) {
    // A run that cannot answer is no reason to wait less or to fail: the independent pause comes after the time.
    const facts = (await client.query(workflowId, 'state').catch(() => undefined)) as Partial<RunFacts> | undefined;
    pause = facts?.pause;
    if (pause?.state === 'proven' || pause?.state === 'unable') return pause;
    await context.sleep(LOOK_MS);
  }
  return pause;
}

/** Asks the trading platform itself. */
export async function tradingStateCommand(context: CliContext, storeName: string, options: CommonOptions): Promise<CommandResult> {
  const { config } = await context.load(options.config);
  const { tradingPause } = context.ports(config, storeName, undefined);
  const state = await tradingPause.state({
    key: 'cli/trading-state',
    signal: context.signal,
    now: () => context.now(),
    sleep: (ms) => context.sleep(ms),
  });
  const by = state.by === undefined ? '' : ` by ${state.by}`;
  return {
    data: { store: storeName, ...state, manualKill: tradingPause.manualKill },
    text: `${state.state}${by}: ${state.detail}${state.state === 'unknown' ? `\nManual kill: ${tradingPause.manualKill}` : ''}`,
  };
}
