/** Commands that send one message to a run: abort, recheck, pause trading. */
import { HoldfastError } from '../../domain/errors.js';
import { storeOf } from '../../config/resolve-plan.js';
import { withClient } from '../context.js';
import type { CliContext, CommandResult, CommonOptions } from '../context.js';
import { personIdOf, workflowIdOf } from '../targets.js';

/** Who says it, and why. */
export interface MessageOptions extends CommonOptions {
  readonly as: string;
  readonly reason?: string;
}

/** Ends a run at its next safe point; the pause stays and the manual continuation is handed over. */
export async function abortCommand(context: CliContext, word: string, options: MessageOptions): Promise<CommandResult> {
  return send(context, word, 'abort', options, 'stops at its next safe point, with trading paused and that proven. What remains by hand: holdfast status --manual shows it.');
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
    if (joined) {
      return { data: { asked: workflowId, by, state: 'asked' }, text: `Asked ${workflowId} to pause trading. It is paused only when the run says "proven": holdfast watch ${storeName}` };
    }
    const started = await client.startPause(storeName, store.cluster.name, { by, reason });
    return { data: { asked: started.workflowId, by, state: 'asked' }, text: `No run is open; ${started.workflowId} pauses trading and proves it. Look: holdfast trading state ${storeName}` };
  });
}

/** Asks the trading platform itself. */
export async function tradingStateCommand(context: CliContext, storeName: string, options: CommonOptions): Promise<CommandResult> {
  const { config } = await context.load(options.config);
  const { tradingPause } = context.ports(config, storeName, undefined);
  const state = await tradingPause.state({ key: 'cli/trading-state', signal: context.signal, now: () => context.now(), sleep: (ms) => context.sleep(ms) });
  const by = state.by === undefined ? '' : ` by ${state.by}`;
  return { data: { store: storeName, ...state, manualKill: tradingPause.manualKill }, text: `${state.state}${by}: ${state.detail}${state.state === 'unknown' ? `\nManual kill: ${tradingPause.manualKill}` : ''}` };
}
