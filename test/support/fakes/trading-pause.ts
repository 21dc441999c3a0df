import { HoldfastError } from '../../../src/domain/errors.js';
import type { TradingPausePort, TradingState } from '../../../src/ports/trading-pause.js';
import { record } from '../world/truth.js';
import type { World } from '../world/types.js';
import { perform } from './perform.js';
import { effectUnknown } from './reach-node.js';

const saidNo = (): HoldfastError =>
  new HoldfastError('HF_COMMAND_FAILED', 'The trading platform answered 503.', { rule: 'the platform must answer 200', status: '503' });

/** The trading platform of a world: one pause at a time, lifted only by the key that made it. */
export function createFakeTradingPause(world: World): TradingPausePort {
  const { trading } = world;
  return {
    kind: 'world',
    able: true,
    pauseClass: trading.pauseClass,
    resumeClass: 'read-back',
    settleMs: 5_000,
    restingOrders: 'left',
    manualKill: 'call the trading desk',
    state: (scope) => {
      const unknown: TradingState = { state: 'unknown', detail: 'the platform did not answer in 2 s' };
      return perform(world, scope, {
        call: 'tradingPause.state',
        target: 'trading',
        effect: false,
        reach: () => trading.reach,
        refused: saidNo,
        silent: saidNo,
        act: (): TradingState => ({
          state: trading.state,
          ...(trading.by === undefined ? {} : { by: trading.by }),
          detail: trading.state === 'paused' ? 'the platform says: no order is sent' : 'the platform says: orders are sent',
        }),
      }).catch((error: unknown) => {
        if (scope.signal.aborted) throw error;
        return unknown;
      });
    },
    pause: (key, scope) =>
      perform(world, scope, {
        call: 'tradingPause.pause',
        target: 'trading',
        effect: true,
        reach: () => trading.reach,
        refused: saidNo,
        silent: () => effectUnknown('pause', 'trading'),
        act: (askedAtMs) => {
          const changed = trading.state === 'trading';
          if (changed) {
            trading.state = 'paused';
            trading.by = key;
          }
          record(world, { what: 'pause', by: 'holdfast', target: 'trading', key, changed, askedAtMs });
          return {
            restore: { was: 'live' },
            detail: changed ? 'orders stopped' : `orders were stopped already by ${trading.by ?? 'somebody'}`,
          };
        },
      }),
    resume: (key, _restore, scope) =>
      perform(world, scope, {
        call: 'tradingPause.resume',
        target: 'trading',
        effect: true,
        reach: () => trading.reach,
        refused: saidNo,
        silent: () => effectUnknown('resume', 'trading'),
        act: (askedAtMs) => {
          if (trading.state === 'paused' && trading.by !== key) {
            throw new HoldfastError('HF_PAUSE_NOT_OURS', `The pause in force was made under ${trading.by ?? 'no key'}.`, {
              rule: 'key',
              ours: key,
              found: trading.by ?? '',
            });
          }
          const changed = trading.state === 'paused';
          trading.state = 'trading';
          trading.by = undefined;
          record(world, { what: 'resume', by: 'holdfast', target: 'trading', key, changed, askedAtMs });
          return { detail: changed ? 'orders are sent again' : 'orders were sent already' };
        },
      }),
  };
}
