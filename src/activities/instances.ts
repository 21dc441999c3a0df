/** Which instances there are: those the plan names, and those found on their platform. */
import type { PlannedInstance } from '../domain/plan.js';
import type { InstanceRef } from '../ports/application.js';
import type { Failure } from '../domain/failure.js';
import type { InstanceState, WorkloadPort } from '../ports/workload.js';
import type { ReadScope } from '../ports/scope.js';
import { sentenceOf } from './failures.js';

/** An instance that is to be looked at. */
export interface KnownInstance extends InstanceRef {
  /** The address its database sessions come from, when it has one of its own. */
  readonly clientAddress?: string;
  readonly state?: InstanceState;
}

/**
 * Every instance that the plan names, whether its platform answered or not, and every further one that the platform says is there. One that
 * is found and has ended for good is no instance any more; a named one that is stopped still is.
 */
export function knownInstances(planned: readonly PlannedInstance[], states: readonly InstanceState[]): readonly KnownInstance[] {
  const stateOf = (name: string): InstanceState | undefined => states.find((state) => state.instance === name);
  const named = planned.map(({ name, clientAddress }) => known(name, stateOf(name), clientAddress));
  const found = states
    .filter((state) => state.state !== 'stopped' && !planned.some(({ name }) => name === state.instance))
    .map((state) => known(state.instance, state, state.address));
  return [...named, ...found];
}

function known(name: string, state: InstanceState | undefined, clientAddress: string | undefined): KnownInstance {
  return {
    name,
    ...(state === undefined ? {} : { state }),
    ...(state?.address === undefined ? {} : { address: state.address }),
    ...(clientAddress === undefined ? {} : { clientAddress }),
  };
}

/** What one look at the platform brought. */
export interface Listed {
  readonly states: readonly InstanceState[];
  readonly platform: { readonly answered: boolean; readonly failure?: Failure };
}

/** What each platform said last: a hint where instances may be asked while it is silent, never a word about how they are. */
const lastListed = new WeakMap<WorkloadPort, readonly InstanceState[]>();

/** Lists the instances. While the platform is silent those it named last are still asked themselves; that they run is then unknown. */
export async function listInstances(workload: WorkloadPort, scope: ReadScope): Promise<Listed> {
  try {
    const states = await workload.list(scope);
    const answered = states.length === 0 || states.some((state) => state.state !== 'unknown');
    if (answered) lastListed.set(workload, states);
    return { states, platform: { answered } };
  } catch (error) {
    if (scope.signal.aborted) throw error;
    const detail = sentenceOf(error);
    const states = (lastListed.get(workload) ?? [])
      .filter((state) => state.state !== 'stopped')
      .map(({ instance, address }): InstanceState => ({
        instance,
        state: 'unknown',
        detail,
        ...(address === undefined ? {} : { address }),
      }));
    return { states, platform: { answered: false, failure: { kind: 'other', text: detail } } };
  }
}
