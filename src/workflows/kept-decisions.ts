/**
 * The decisions of a run that are kept, with room for everybody: whoever floods a run takes room from themselves only, and the newest word
 * of each is there (design S10: people can always be heard). Knows no Temporal.
 */
import type { Decision, ReceivedDecision } from '../domain/decision.js';
import type { Person } from '../domain/plan.js';

/** Kept of one author as typed. */
export const AUTHOR_LIMIT = 50;
/** Kept in all of authors whom the plan does not list. Before there is a plan nobody is listed. */
export const UNLISTED_LIMIT = 100;

/** Who a decision says it is from, before anything is verified: the name of its key, else the typed name, else nobody. */
function authorOf({ signature, by }: Decision): string {
  // A key and a person may have the same name; whoever types the name shall not take the room of the key.
  return signature === undefined ? `by ${by ?? ''}` : `key ${signature.key}`;
}

export class KeptDecisions {
  readonly #kept: ReceivedDecision[] = [];
  readonly #listed = new Set<string>();
  #newest = 0;
  #dropped = 0;

  /** In order of arrival. */
  get all(): readonly ReceivedDecision[] {
    return this.#kept;
  }

  /** Number of the newest; only ever grows, so what waits for decisions wakes on it. */
  get newest(): number {
    return this.#newest;
  }

  /** How many made room for newer ones. */
  get dropped(): number {
    return this.#dropped;
  }

  /** From now on these people have room of their own, under each of their names. */
  list(people: readonly Person[]): void {
    for (const { id, handles, keys } of people) {
      for (const name of [id, ...handles]) this.#listed.add(`by ${name}`);
      for (const key of keys) this.#listed.add(`key ${key.id}`);
    }
  }

  /** Its author is known after all: a key may be named by its fingerprint, which only its verification can tell from any other name. */
  listAuthorOf(decision: Decision): void {
    this.#listed.add(authorOf(decision));
  }

  /** Keeps a decision; at a limit the oldest of the same author, or of the unlisted, makes room. Returns its number. */
  keep(atMs: number, via: ReceivedDecision['via'], decision: Decision): number {
    const author = authorOf(decision);
    const same = this.#kept.filter((one) => authorOf(one.decision) === author);
    if (same.length >= AUTHOR_LIMIT) this.#drop(same[0]);
    else if (!this.#listed.has(author)) {
      const unlisted = this.#kept.filter((one) => !this.#listed.has(authorOf(one.decision)));
      if (unlisted.length >= UNLISTED_LIMIT) this.#drop(unlisted[0]);
    }
    this.#newest += 1;
    this.#kept.push({ n: this.#newest, atMs, via, decision });
    return this.#newest;
  }

  #drop(oldest: ReceivedDecision | undefined): void {
    if (oldest === undefined) return;
    this.#kept.splice(this.#kept.indexOf(oldest), 1);
    this.#dropped += 1;
  }
}
