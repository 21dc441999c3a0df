/** Asks the platform which instances there are, and remembers them for the time in which it is silent. */
import type { Failure } from '../domain/failure.js';
import type { InstanceState, WorkloadPort } from '../ports/workload.js';
import type { ReadScope } from '../ports/scope.js';
import { sentenceOf } from './failures.js';

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
