/** Laying out text for terminals of any width: wrapping, cutting, aligning. Pure. */

/** Below this many columns a line has no room for two texts side by side. */
export const NARROW_COLUMNS = 76;

const SGR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

/** Columns that a text takes: characters without colour codes. */
export function widthOf(text: string): number {
  return Array.from(text.replaceAll(SGR, '')).length;
}

/** Fills a text up to a width; a longer one is left as it is. */
export function pad(text: string, width: number): string {
  return `${text}${' '.repeat(Math.max(0, width - widthOf(text)))}`;
}

/** One line of at most `width` characters, cut with `…`. For text without colours. */
export function cut(text: string, width: number): string {
  const characters = Array.from(text.replaceAll(/\s+/g, ' ').trim());
  return characters.length <= width
    ? characters.join('')
    : `${characters
        .slice(0, Math.max(0, width - 1))
        .join('')
        .trimEnd()}…`;
}

/** Breaks a text at spaces. A word longer than the width (an address, a path) gets a line of its own and is never broken: people copy it. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return line === '' ? lines : [...lines, line];
}

/** A text beside its heading, wrapped with a hanging indent: `  Heading  text …`. */
export function entry(
  heading: string,
  text: string,
  layout: { readonly indent: number; readonly headings: number; readonly columns: number },
): readonly string[] {
  const hanging = layout.indent + layout.headings + 2;
  const lines = wrap(text, Math.max(20, layout.columns - hanging));
  const first = `${' '.repeat(layout.indent)}${pad(heading, layout.headings)}  ${lines[0] ?? ''}`.trimEnd();
  return [first, ...lines.slice(1).map((line) => `${' '.repeat(hanging)}${line}`)];
}

/** Seconds with one digit, right-aligned: `  0.4 s`. */
export function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(1)} s`.padStart(7);
}
