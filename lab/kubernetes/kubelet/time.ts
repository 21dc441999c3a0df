/** Kubernetes' times have whole seconds. */
export function wholeSeconds(atMs: number): Date {
  return new Date(Math.floor(atMs / 1000) * 1000);
}
