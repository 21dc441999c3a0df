/** Pausing trading, proving that it is paused, and the exact undo of our own pause. */
import { HoldfastError } from '../domain/errors.js';
import type { PauseRecord } from '../domain/contract.js';
import type { Plan } from '../domain/plan.js';
import { resumeRefusals } from '../domain/resume-rules.js';
import type { TradingState } from '../ports/trading-pause.js';
import type { ActivityDeps } from './deps.js';
import { collectProof, type ProofInput } from './proof.js';
import { withKey, type ActivityScope } from './scope.js';

export interface PauseInput {
  readonly store: string;
  readonly key: string;
}

export interface ProveTradingInput {
  readonly store: string;
  readonly everyMs: number;
  readonly limitMs: number;
  readonly want: 'paused' | 'trading';
}

export interface ResumeInput extends ProofInput {
  /** How many instances must run at least. */
  readonly count: number;
  readonly pause: PauseRecord;
  readonly key: string;
  readonly fenced: Plan['nodes'];
}

export function createTradingActivities(deps: ActivityDeps) {
  return {
    /** Asks for the pause. Says nothing about whether trading is paused: `proveTrading` does. */
    async pauseTrading(input: PauseInput, scope: ActivityScope): Promise<{ restore: Readonly<Record<string, string>>; detail: string }> {
      return deps.portsFor(input.store).tradingPause.pause(input.key, withKey(scope, input.key));
    },

    /** Reads the platform's own state until it is the wanted one or the time is over; returns the last reading. */
    async proveTrading(input: ProveTradingInput, scope: ActivityScope): Promise<TradingState> {
      const port = deps.portsFor(input.store).tradingPause;
      const endMs = scope.now() + input.limitMs;
      for (;;) {
        const state = await port.state(scope);
        if (state.state === input.want || scope.now() >= endMs) return state;
        scope.heartbeat();
        await scope.sleep(input.everyMs);
      }
    },

    /**
     * Resumes trading (promise S1): reads everything again and refuses by name unless every proof holds now.
     * Errors: HF_BOUNDS_EXCEEDED with the refusals, HF_PAUSE_NOT_OURS, HF_EFFECT_UNKNOWN.
     */
    async resumeTrading(input: ResumeInput, scope: ActivityScope): Promise<{ detail: string }> {
      const ports = deps.portsFor(input.plan.store);
      const [proof, fences] = await Promise.all([
        collectProof(ports, input, scope),
        Promise.all(input.fenced.map(async (node) => ({ node: node.name, state: (await ports.fence.read(node, scope)).state }))),
      ]);
      const refusals = resumeRefusals({ ...proof, target: input.target, expected: input.expected, count: input.count, fences });
      if (refusals.length > 0)
        throw new HoldfastError('HF_BOUNDS_EXCEEDED', refusals.join(' '), { step: 'resume', node: input.target.name });
      return ports.tradingPause.resume(input.pause.key, input.pause.restore, withKey(scope, input.key));
    },
  };
}
