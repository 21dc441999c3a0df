/** Makes foreign text (reasons, host names, error texts) safe to stand in the Markdown that people read and decide upon. */

/** Control characters and marks that turn the direction of writing; line breaks are dealt with apart. */
const INVISIBLE = /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;
const LINE_BREAKS = /[\t ]*[\r\n\u0085\u2028\u2029]+[\t ]*/g;

/**
 * One line of Markdown text that reads as the given text: markup, HTML and links have no effect, line breaks become ` ⏎ `,
 * invisible characters become `�`. Cut with `…` so that the result has at most `maxBytes` bytes of UTF-8.
 */
export function markdownText(text: string, maxBytes: number): string {
  // No character of the source can be shown in less than one byte, so the rest of a huge text need not be looked at.
  const source = Array.from(
    text
      .slice(0, 2 * (maxBytes + 1))
      .trim()
      .replaceAll(LINE_BREAKS, ' ⏎ '),
  );
  const room = maxBytes - utf8Length('…');
  let shown = '';
  let bytes = 0;
  let fitting = '';
  for (const [index, character] of source.entries()) {
    const escaped = escapeOne(character, source[index - 1] ?? ' ', source[index + 1] ?? ' ');
    bytes += utf8Length(escaped);
    if (bytes > maxBytes) return `${fitting}…`;
    shown += escaped;
    if (bytes <= room) fitting = shown;
  }
  return shown;
}

/** A name that stands inside code or a command line: what is not a plain name character becomes `?`. */
export function codeName(text: string): string {
  return Array.from(text.slice(0, 100), (character) => (/[\w.:@/-]/.test(character) ? character : '?')).join('');
}

/** Lines as a fenced code block that none of them can end. Each stays one line: what a person copies is what is shown. */
export function codeBlock(lines: readonly string[], language = ''): readonly string[] {
  const shown = lines.map((line) =>
    Array.from(line, (character) => (INVISIBLE.test(character) || /[\u2028\u2029]/.test(character) ? '?' : character)).join(''),
  );
  const longest = Math.max(2, ...shown.flatMap((line) => (line.match(/`+/g) ?? []).map((run) => run.length)));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, ...shown, fence];
}

/** Length of a text in UTF-8, in bytes. The domain has no Buffer. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}

function escapeOne(character: string, before: string, after: string): string {
  if (character === '&') return '&amp;';
  if (character === '<') return '&lt;';
  if (character === '>') return '&gt;';
  // Between letters an underscore is no markup: `kill_switch_state` stays readable in a terminal.
  if (character === '_') return /[\p{L}\p{N}_]/u.test(before) && /[\p{L}\p{N}_]/u.test(after) ? '_' : '\\_';
  // Without its slashes together no renderer makes a link of an address.
  if (character === '/' && before === ':') return '\\/';
  if (/[\\`*[\]|~]/.test(character)) return `\\${character}`;
  return INVISIBLE.test(character) ? '�' : character;
}
