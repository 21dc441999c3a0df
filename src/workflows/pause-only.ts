/** `pause:<cluster>:<n>`: only pauses and proves. Started beside a run that did not prove its pause within 5 s (design §2, step 2). */
import { setCurrentDetails } from '@temporalio/workflow';
import type { RunInput } from '../domain/contract.js';
import type { Plan } from '../domain/plan.js';
import { temporalContext } from './temporal-context.js';

export interface PauseOnlyInput {
  readonly schema: 1;
  readonly run: RunInput;
  readonly by: string;
  readonly reason: string;
  /** Key of the pause that an open run asked for: the run may then lift this one as its own. */
  readonly key?: string;
}

export interface PauseOnlyResult {
  readonly state: 'proven' | 'unproven' | 'unable';
  readonly detail: string;
  readonly key: string;
}

/** Tries until the pause is proven; pages at each failure. Never resumes. */
export async function pauseOnly(input: PauseOnlyInput): Promise<PauseOnlyResult> {
  const ctx = temporalContext(() => undefined);
  const key = input.key ?? `${input.run.trigger.incident}/0/pause/1`;
  const plan = await planOf(ctx, input);
  const { pause } = plan.adapters;
  // Started as a rehearsal of any store: an exercise target is told by its marker.
  const prefix = plan.environment === 'exercise' ? 'EXERCISE ' : '';
  if (!pause.able) return { state: 'unable', detail: pause.manualKill, key };
  // One that may not be repeated is sent again only when it is read that trading goes on (design S5).
  let send = true;
  for (let tried = 1; tried <= 20; tried += 1) {
    if (send) {
      await ctx.call(
        'pauseTrading',
        { store: plan.store, key },
        { summary: `Pause trading for ${input.by}: ${input.reason}`, effect: pause.pause },
      );
    }
    const proof = await ctx.call(
      'proveTrading',
      { store: plan.store, everyMs: 500, limitMs: plan.times.pauseProofMs, want: 'paused' },
      { summary: 'Prove that trading is paused', effect: 'read', limitMs: plan.times.pauseProofMs + 10_000 },
    );
    if (proof.kind === 'done' && proof.value.state === 'paused') {
      setCurrentDetails(`Trading of ${plan.store} is paused, proven: ${proof.value.detail}`);
      return { state: 'proven', detail: proof.value.detail, key };
    }
    send = pause.pause !== 'read-back' || (proof.kind === 'done' && proof.value.state === 'trading');
    setCurrentDetails(`The pause of ${plan.store} is UNPROVEN after ${tried} tries. Do now: ${pause.manualKill}`);
    const notice = {
      to: ['risk', 'on-call', 'operations'] as const,
      urgency: 'page' as const,
      title: `${prefix}${plan.store}: the pause is UNPROVEN`,
      text: `${prefix}Asked by ${input.by}. Do now: ${pause.manualKill}`,
      store: plan.store,
      incident: plan.incident,
      workflowId: ctx.workflowId,
      id: `${key}/${tried}`,
    };
    await ctx.call('notify', { store: plan.store, notice }, { summary: 'Page: the pause is unproven', effect: 'visible' });
    await ctx.waitUntil(() => false, Math.min(1000 * 2 ** tried, 60_000), 'Before the pause is tried again');
  }
  return { state: 'unproven', detail: pause.manualKill, key };
}

async function planOf(ctx: ReturnType<typeof temporalContext>, input: PauseOnlyInput): Promise<Plan> {
  for (;;) {
    const resolved = await ctx.call('resolvePlan', { run: input.run }, { summary: 'Resolve the plan', effect: 'read' });
    if (resolved.kind === 'done') return resolved.value;
    setCurrentDetails(`No plan: ${resolved.error.message} Pause by hand now.`);
    await ctx.waitUntil(() => false, 5000, `No plan: ${resolved.error.code}`);
  }
}
