/** Things that suites need beyond npm packages. A project states what all its files need (projects.ts), a test file what it needs besides. */
export const NEEDS = ['temporal', 'postgres', 'prometheus', 'patroni', 'namespaces', 'kubernetes'] as const;

/** Something a suite needs beyond the npm packages that are always there. */
export type Need = (typeof NEEDS)[number];

const isNeed = (word: string): word is Need => NEEDS.some((need) => need === word);

/**
 * Reads the needs that a test file states in a line of its own above its imports: `// needs: patroni, namespaces`. Pure.
 * @throws when a word is no need.
 */
export function statedNeeds(file: string, text: string): readonly Need[] {
  const line = /^\/\/ needs: (.+)$/m.exec(text.split(/^import /m)[0] ?? '')?.[1];
  if (line === undefined) return [];
  return line.split(',').map((part) => {
    const word = part.trim();
    if (!isNeed(word)) throw new Error(`${file}: there is no need "${word}"; there are: ${NEEDS.join(', ')}`);
    return word;
  });
}

/** Functions and options that start something, and what it takes: a file that says one of them needs it. */
const STARTERS: readonly (readonly [pattern: RegExp, needs: readonly Need[]])[] = [
  [/\bstartTemporal\b/, ['temporal']],
  [/\bstartPair\b/, ['postgres']],
  [/\b(createLab|createStage)\b/, ['temporal', 'postgres']],
  [/\bstartPrometheus\b|\bprometheus: true/, ['prometheus']],
  [/\bstartPatroni\b/, ['patroni']],
  [/\bcreateNetworkHosts\b|\bnetwork: (true|\{)/, ['namespaces']],
  [/\bstartKubernetes\b/, ['kubernetes']],
  [/\b(createFullLab|createFullStage)\b/, ['temporal', 'patroni', 'kubernetes']],
];

/** The needs that a text shows by what it starts. Pure; a hint for test/toolchain/needs.test.ts, not what the runner goes by. */
export function shownNeeds(text: string): readonly Need[] {
  const shown = new Set(STARTERS.flatMap(([pattern, needs]) => (pattern.test(text) ? needs : [])));
  return NEEDS.filter((need) => shown.has(need));
}
