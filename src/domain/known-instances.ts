/** Which instances there are: those the plan names, and those found on their platform. */
import type { PlannedInstance } from './plan.js';

/** What a platform says of an instance, as far as it matters here. */
export interface SeenInstance {
  readonly instance: string;
  readonly state: 'running' | 'stopped' | 'unknown';
  /** An address of its own, when the platform gives it one. */
  readonly address?: string;
}

/** An instance that is to be looked at. */
export interface KnownInstance<Seen extends SeenInstance> {
  readonly name: string;
  readonly address?: string;
  /** The address its database sessions come from, when it has one of its own. */
  readonly clientAddress?: string;
  /** Its platform's word; absent when the platform did not mention it. */
  readonly state?: Seen;
}

/**
 * Every instance that the plan names, whether its platform answered or not, and every further one that the platform says is there. One that
 * is found and has ended for good is no instance any more; a named one that is stopped still is.
 */
export function knownInstances<Seen extends SeenInstance>(
  planned: readonly PlannedInstance[],
  states: readonly Seen[],
): readonly KnownInstance<Seen>[] {
  const named = planned.map(({ name, clientAddress }) =>
    known(
      name,
      states.find((state) => state.instance === name),
      clientAddress,
    ),
  );
  const found = states
    .filter((state) => state.state !== 'stopped' && !planned.some(({ name }) => name === state.instance))
    .map((state) => known(state.instance, state, state.address));
  return [...named, ...found];
}

function known<Seen extends SeenInstance>(name: string, state: Seen | undefined, clientAddress: string | undefined): KnownInstance<Seen> {
  return {
    name,
    ...(state === undefined ? {} : { state }),
    ...(state?.address === undefined ? {} : { address: state.address }),
    ...(clientAddress === undefined ? {} : { clientAddress }),
  };
}
