import { HoldfastError } from '../../domain/errors.js';
import type { TradingPausePort } from '../../ports/trading-pause.js';

/** Options of {@link createNoPause}. */
export interface NoPauseOptions {
  readonly manualKill: string;
}

/** A store whose trading Holdfast cannot pause: people do it, and no card ever says that it is paused. */
export function createNoPause(options: NoPauseOptions): TradingPausePort {
  return {
    kind: 'none',
    able: false,
    pauseClass: 'repeatable',
    resumeClass: 'repeatable',
    settleMs: 0,
    restingOrders: 'unknown',
    manualKill: options.manualKill,
    state: async () => ({ state: 'unknown', detail: 'no trading pause is configured: nobody can be asked' }),
    pause: async (key) => {
      throw new HoldfastError('HF_COMMAND_FAILED', `No trading pause is configured. By hand: ${options.manualKill}.`, {
        verb: 'pause',
        key,
        rule: 'S7',
      });
    },
    resume: async (key) => {
      throw new HoldfastError('HF_PAUSE_NOT_OURS', 'No trading pause is configured, so Holdfast made none.', {
        verb: 'resume',
        key,
        rule: 'S7',
      });
    },
  };
}
