/** The sentinel (design S4): keeps looking at old nodes after a run until each is rejoined as a standby or signed off. */
import { condition, continueAsNew, defineSignal, setCurrentDetails, setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import type { SentinelReading } from '../activities/store-watch.js';
import type { Plan } from '../domain/plan.js';
import { temporalContext } from './temporal-context.js';

export interface SentinelWorkflowInput {
  readonly plan: Pick<Plan, 'store' | 'nodes' | 'instances'>;
  readonly people: readonly string[];
  readonly target: string;
  readonly oldNodes: readonly string[];
  readonly incident: string;
  readonly everyMs: number;
  /** Begins every notice: `EXERCISE ` in an exercise, else empty. */
  readonly prefix: string;
}

const RETURN_AFTER_MS = 3_600_000;
const CONTINUE_AFTER_LOOKS = 200;
const signOff = defineSignal<[unknown]>('sign-off');

/** Ends when every old node is a standby of the target or was signed off by a person. */
export async function sentinel(input: SentinelWorkflowInput): Promise<readonly string[]> {
  const signedOff = new Map<string, string>();
  setHandler(
    signOff,
    (payload) => {
      const said = typeof payload === 'object' && payload !== null ? (payload as { node?: unknown; by?: unknown }) : {};
      if (
        typeof said.node === 'string' &&
        typeof said.by === 'string' &&
        input.oldNodes.includes(said.node) &&
        input.people.includes(said.by)
      )
        signedOff.set(said.node, said.by);
    },
    { description: 'This node was wiped or is gone for good: {"node":"…","by":"<your id>"}' },
  );
  setDefaultSignalHandler(() => undefined);
  const ctx = temporalContext(() => undefined);
  let last: SentinelReading | undefined;
  const left = (): readonly string[] => input.oldNodes.filter((n) => !signedOff.has(n) && last?.standby.includes(n) !== true);
  for (let looks = 0; left().length > 0; looks += 1) {
    if (looks >= CONTINUE_AFTER_LOOKS) return continueAsNew<typeof sentinel>({ ...input, oldNodes: left() });
    const known = signedOff.size;
    const watching = ctx.background(
      'watchOldNodes',
      { plan: input.plan, target: input.target, oldNodes: left(), everyMs: input.everyMs, returnAfterMs: RETURN_AFTER_MS },
      {
        summary: `Look at ${left().join(', ')}: has an old primary come back?`,
        effect: 'read',
        queue: 'watch',
        limitMs: RETURN_AFTER_MS + 60_000,
      },
    );
    await condition(() => watching.ended() !== undefined || signedOff.size !== known);
    if (signedOff.size !== known) {
      await watching.stop();
      continue;
    }
    const outcome = watching.ended();
    if (outcome?.kind !== 'done') {
      await condition(() => signedOff.size !== known, 30_000, { summary: 'The old nodes could not be looked at; tried again' });
      continue;
    }
    last = outcome.value;
    const { atMs, writable, couldNotSee } = last;
    setCurrentDetails(
      `Last looked ${new Date(atMs).toISOString()}. Accepts writes: ${writable.join(', ') || 'none seen'}. Could not see: ${couldNotSee.join(', ') || 'no node'}.`,
    );
    if (writable.length > 0) {
      const notice = {
        to: ['on-call', 'risk'] as const,
        urgency: 'page' as const,
        title: `${input.prefix}${input.plan.store}: an old primary accepts writes`,
        text: `${input.prefix}${writable.join(', ')} accepts writes beside ${input.target}. Fence it now.`,
        store: input.plan.store,
        incident: input.incident,
        workflowId: ctx.workflowId,
        id: `${input.incident}/sentinel/${looks}`,
      };
      await ctx.call('notify', { store: input.plan.store, notice }, { summary: 'Page: a second primary', effect: 'visible' });
      await condition(() => signedOff.size !== known, Math.min(30_000 * 2 ** Math.min(looks, 6), RETURN_AFTER_MS), {
        summary: 'Before looking again',
      });
    }
  }
  return [...signedOff].map(([node, by]) => `${node} signed off by ${by}`);
}
