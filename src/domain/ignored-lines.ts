/** What was ignored, one line each: how it began and what is newest, with a count of what was left out between. */

/** The first lines tell how it began; they stay. */
const FIRST = 20;
/** With the line that counts, a hundred in all. */
const NEWEST = 79;

export class IgnoredLines {
  readonly #first: string[] = [];
  readonly #newest: string[] = [];
  #leftOut = 0;

  add(line: string): void {
    if (this.#first.length < FIRST) {
      this.#first.push(line);
      return;
    }
    this.#newest.push(line);
    if (this.#newest.length <= NEWEST) return;
    this.#newest.shift();
    this.#leftOut += 1;
  }

  /** At most a hundred lines. */
  get lines(): readonly string[] {
    const between = this.#leftOut === 0 ? [] : [`… ${this.#leftOut} more ${this.#leftOut === 1 ? 'is' : 'are'} left out here`];
    return [...this.#first, ...between, ...this.#newest];
  }
}
