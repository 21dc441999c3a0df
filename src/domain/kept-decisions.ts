/**
 * The decisions of a run that are kept, with room for everybody: whoever floods a run takes room from themselves only, and the newest word
 * of each is there (design S10: people can always be heard).
 */
import type { Decision, ReceivedDecision } from './decision.js';
import type { Person } from './plan.js';

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
  /** Author of each, beside it: a flood of thousands in one workflow task must not take a second. */
  readonly #authors: string[] = [];
  readonly #countOf = new Map<string, number>();
  #unlisted = 0;
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
    this.#countUnlisted();
  }

  /** Its author is known after all: a key may be named by its fingerprint, which only its verification can tell from any other name. */
  listAuthorOf(decision: Decision): void {
    const author = authorOf(decision);
    if (this.#listed.has(author)) return;
    this.#listed.add(author);
    this.#countUnlisted();
  }

  /** Keeps a decision; at a limit the oldest of the same author, or of the unlisted, makes room. Returns its number. */
  keep(atMs: number, via: ReceivedDecision['via'], decision: Decision): number {
    const author = authorOf(decision);
    const isListed = this.#listed.has(author);
    if ((this.#countOf.get(author) ?? 0) >= AUTHOR_LIMIT) this.#drop(this.#authors.indexOf(author));
    else if (!isListed && this.#unlisted >= UNLISTED_LIMIT) this.#drop(this.#authors.findIndex((one) => !this.#listed.has(one)));
    this.#newest += 1;
    this.#kept.push({ n: this.#newest, atMs, via, decision });
    this.#authors.push(author);
    this.#countOf.set(author, (this.#countOf.get(author) ?? 0) + 1);
    if (!isListed) this.#unlisted += 1;
    return this.#newest;
  }

  #countUnlisted(): void {
    this.#unlisted = this.#authors.filter((one) => !this.#listed.has(one)).length;
  }

  #drop(at: number): void {
    const author = this.#authors[at];
    if (author === undefined) return;
    this.#kept.splice(at, 1);
    this.#authors.splice(at, 1);
    const left = (this.#countOf.get(author) ?? 0) - 1;
    // Names come from anybody: those that are gone are forgotten.
    if (left > 0) this.#countOf.set(author, left);
    else this.#countOf.delete(author);
    if (!this.#listed.has(author)) this.#unlisted -= 1;
    this.#dropped += 1;
  }
}
