/** Annotations by which Holdfast remembers at an object what must not be known to a run's history alone. */
export const ANNOTATIONS = {
  /** Replicas before Holdfast scaled the workload. */
  fullStrength: 'holdfast.dev/full-strength',
  /** Replicas that Holdfast asked for last: another number means that somebody else scaled it meanwhile. */
  scaledTo: 'holdfast.dev/scaled-to',
  /** Key of the last restart, in the pod template. */
  restartedBy: 'holdfast.dev/restarted-by',
  /** What `kubectl rollout restart` writes, in the pod template. */
  restartedAt: 'kubectl.kubernetes.io/restartedAt',
  /** Key of the pause in force. */
  pausedBy: 'holdfast.dev/paused-by',
  /** Replicas before the pause. */
  pausedReplicas: 'holdfast.dev/paused-replicas',
} as const;

/** A count in an annotation; undefined when there is none or it is no count. */
export function countIn(annotations: Readonly<Record<string, string>>, name: string): number | undefined {
  const text = annotations[name];
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}
