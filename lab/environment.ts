/**
 * Environment of a process of the lab: that of the lab's own process plus additions, and the mark by which the guardian knows it.
 * Settings of the user's shell that would change a Temporal client or Node itself are left out.
 */
export function labEnvironment(labDir: string, additions: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !/^(TEMPORAL_|VITEST|NODE_OPTIONS$|LAB_APP_|PG)/.test(entry[0]),
  );
  return { ...Object.fromEntries(kept), ...additions, HOLDFAST_LAB: labDir };
}
