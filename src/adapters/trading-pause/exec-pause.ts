import { HoldfastError } from '../../domain/errors.js';
import type { ReadScope } from '../../ports/scope.js';
import type { TradingPausePort, TradingState } from '../../ports/trading-pause.js';
import { requireEffect } from '../shared/command-effect.js';
import { showable } from '../shared/redact.js';
import { runCommand } from '../shared/run-command.js';
import { foundPause, foundPauseBy, LOOK_FIRST_MS, OWN_PAUSE } from '../shared/pause-declaration.js';
import type { PauseDeclaration } from '../shared/pause-declaration.js';

/** Options of {@link createExecPause}. The word `{key}` in a command stands for the pause's key; it is in HOLDFAST_KEY too. */
export interface ExecPauseOptions extends PauseDeclaration {
  readonly pause: readonly string[];
  readonly resume: readonly string[];
  /** Exit 0 paused, 3 trading, anything else unknown. `by=<key>` in its output says whose pause it is. */
  readonly state: readonly string[];
  readonly timeoutMs: number;
}

const BY = /\bby=(\S+)/;

/**
 * Pauses trading by commands. Class read-back: nothing is known of what a second run of the command does. Where `state` prints no `by=`, a
 * pause that was in force before Holdfast's own is told apart only by having been found.
 */
export function createExecPause(options: ExecPauseOptions): TradingPausePort {
  const { timeoutMs } = options;
  const withKey = (argv: readonly string[], key: string): readonly string[] => argv.map((word) => word.replaceAll('{key}', key));

  const state = async (scope: ReadScope, limitMs = timeoutMs): Promise<TradingState> => {
    const outcome = await runCommand(options.state, { timeoutMs: limitMs, signal: scope.signal });
    if (outcome.state !== 'exited') return { state: 'unknown', detail: `state: ${outcome.detail}` };
    const detail = showable(`${outcome.stdout}\n${outcome.stderr}`) || `state exited ${outcome.exitCode}`;
    const by = BY.exec(outcome.stdout)?.[1];
    if (outcome.exitCode === 0) return { state: 'paused', detail, ...(by !== undefined && { by }) };
    if (outcome.exitCode === 3) return { state: 'trading', detail };
    return { state: 'unknown', detail: `state exited ${outcome.exitCode}: ${detail}` };
  };

  const run = async (verb: 'pause' | 'resume', key: string, scope: ReadScope): Promise<string> => {
    const outcome = await runCommand(withKey(options[verb], key), { timeoutMs, signal: scope.signal, environment: { HOLDFAST_KEY: key } });
    return requireEffect(outcome, { verb, target: 'trading' }, 'HF_COMMAND_FAILED');
  };

  return {
    kind: 'exec',
    able: true,
    pauseClass: 'read-back',
    resumeClass: 'read-back',
    settleMs: options.settleMs,
    restingOrders: options.restingOrders,
    manualKill: options.manualKill,
    state: (scope) => state(scope),
    async pause(key, scope) {
      const before = await state(scope, Math.min(LOOK_FIRST_MS, timeoutMs));
      if (before.state === 'paused' && before.by === key) return { restore: OWN_PAUSE, detail: `found done: ${before.detail}` };
      if (before.state === 'paused') {
        const by = before.by ?? 'somebody unknown';
        return { restore: foundPause(by), detail: `found paused by ${by}: not Holdfast’s to lift` };
      }
      return { restore: OWN_PAUSE, detail: await run('pause', key, scope) };
    },
    async resume(key, restore, scope) {
      const before = await state(scope, Math.min(LOOK_FIRST_MS, timeoutMs));
      const by = foundPauseBy(restore) ?? (before.by === key ? undefined : before.by);
      if (by !== undefined) throw new HoldfastError('HF_PAUSE_NOT_OURS', `It was made by ${by}.`, { key, by });
      if (before.state === 'trading') return { detail: `found done: ${before.detail}` };
      return { detail: await run('resume', key, scope) };
    },
  };
}
