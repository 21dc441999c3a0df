/** From the words of a command line to stores, runs and people. */
import { personOf, storeOf } from '../config/resolve-plan.js';
import type { Config } from '../config/schema.js';
import { actingRunId } from '../domain/contract.js';
import { HoldfastError } from '../domain/errors.js';

/** Workflow id of a run: a word with a colon is one already; any other is a store, whose acting run is meant. Errors: HF_STORE_UNKNOWN. */
export function workflowIdOf(config: Config, word: string): string {
  return word.includes(':') ? word : actingRunId(storeOf(config, word).cluster.name);
}

/** Id of a listed person. Errors: HF_PERSON_UNKNOWN with the ids there are. */
export function personIdOf(config: Config, handle: string): string {
  const person = personOf(config.people, handle);
  if (person === undefined)
    throw new HoldfastError('HF_PERSON_UNKNOWN', '', { asked: handle, listed: config.people.map(({ id }) => id).join(', ') });
  return person.id;
}

/** A name for an incident that a person starts: store and moment. */
export function incidentName(store: string, atMs: number): string {
  return `${store}-${new Date(atMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
}
