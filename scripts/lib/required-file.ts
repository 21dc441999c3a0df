/** Reads test/required.txt: one name a line; blank lines and lines that begin with `#` are not names. Pure. */
export function parseRequired(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

/** Writes test/required.txt: sorted, so that two branches that add tests seldom meet in one line. Pure. */
export function formatRequired(names: readonly string[]): string {
  const heading = '# The tests that continuous integration must have run. Made by: npx tsx scripts/required.ts --write\n';
  return (
    heading +
    names
      .toSorted()
      .map((name) => `${name}\n`)
      .join('')
  );
}
