/** Predicates about a primary that is there and in trouble. None of them fails over: a slow or full primary still holds every commit. */
import { formatDuration } from '../duration.js';
import type { Failure, FailureKind } from '../failure.js';
import type { SyncFacts } from '../facts.js';
import type { Scene } from './scene.js';

/** A commit of the probe that takes longer is a slow primary. */
export const SLOW_PROBE_MS = 2_000;

/** Why the probe failed on the one node that is primary; undefined when it did not. */
function probeFailure(scene: Scene): Failure | undefined {
  const probe = scene.primary?.answer.probe;
  return probe?.state === 'failed' ? probe.failure : undefined;
}

/** The failure of the primary, of its probe or of the expected primary's connection, whichever there is. */
function primaryFailure(scene: Scene): Failure | undefined {
  return probeFailure(scene) ?? (scene.writable.length === 0 ? scene.expected?.failure : undefined);
}

function nameOf(scene: Scene): string {
  return scene.primary?.name ?? scene.context.plan.expectedPrimary;
}

/** Whether commits wait for a standby that is not there. `local` and `off` never wait. */
function waitsForStandby(sync: SyncFacts): boolean {
  return sync.standbyNames !== '' && sync.inSync.length === 0 && sync.applicationCommit !== 'local' && sync.applicationCommit !== 'off';
}

/** Out of recovery, but writes are refused. */
export function primaryReadonly(scene: Scene): string | undefined {
  const failure = probeFailure(scene);
  if (failure?.kind === 'readonly' || failure?.code === '25006')
    return `${nameOf(scene)} is out of recovery and refuses writes (${failure.code ?? failure.kind}).`;
  return scene.primary?.answer.defaultReadOnly === true ? `${nameOf(scene)} has default_transaction_read_only on.` : undefined;
}

/** Whether the probe's commit waits for a standby: the prober saw the wait itself, or none is in sync although one is asked for. */
function isBlocked(scene: Scene, sync: SyncFacts): boolean {
  const failure = probeFailure(scene);
  return failure?.code === 'commit-blocked' || (failure?.kind === 'timeout' && waitsForStandby(sync));
}

/** The probe is written and its commit waits for a synchronous standby that does not confirm: stopped, cut off or hung. */
export function commitBlocked(scene: Scene): string | undefined {
  const sync = scene.primary?.answer.sync;
  if (sync === undefined || !isBlocked(scene, sync)) return undefined;
  return `${nameOf(scene)} waits for a synchronous standby on every commit: synchronous_standby_names is ${sync.standbyNames}, ${sync.inSync.length} are in sync.`;
}

/** All connection slots are used. */
export function connectionsExhausted(scene: Scene): string | undefined {
  const failure = primaryFailure(scene);
  return failure?.kind === 'too-many' || failure?.code === '53300'
    ? `${nameOf(scene)} has no connection slot left (${failure.code ?? failure.kind}).`
    : undefined;
}

/** The probe commits late, or not in time without a standby being the reason. */
export function primarySlow(scene: Scene): string | undefined {
  const answer = scene.primary?.answer;
  if (answer === undefined) return undefined;
  if (answer.probe.state === 'committed' && answer.probe.tookMs > SLOW_PROBE_MS) {
    return `${nameOf(scene)} took ${formatDuration(answer.probe.tookMs)} to commit the probe (limit ${formatDuration(SLOW_PROBE_MS)}).`;
  }
  return probeFailure(scene)?.kind === 'timeout' && !isBlocked(scene, answer.sync)
    ? `${nameOf(scene)} answers reads and did not commit the probe in time.`
    : undefined;
}

/** The disk is full: 53100 `disk_full`, 58030 `io_error`, or the system's own word. */
export function primaryFull(scene: Scene): string | undefined {
  const failure = primaryFailure(scene);
  if (failure === undefined) return undefined;
  const full =
    failure.code === '53100' || failure.code === '58030' || failure.code === 'ENOSPC' || /no space left on device/i.test(failure.text);
  return full ? `${nameOf(scene)} cannot write to its disk (${failure.code ?? failure.text}).` : undefined;
}

/** What failed, by kind of failure, while the node answers. */
const ACCESS: Readonly<Partial<Record<FailureKind, string>>> = {
  tls: 'the TLS connection failed',
  auth: 'the login or a permission failed',
  missing: "Holdfast's own schema is not there",
};

/**
 * The node answers and does not accept us, or we do not accept its certificate, or Holdfast's own table is not there: it says nothing about the
 * database's health.
 */
export function accessFailed(scene: Scene): string | undefined {
  const reading = scene.primary?.answer.row;
  const failure = primaryFailure(scene) ?? (reading?.state === 'unreadable' ? reading.failure : undefined);
  if (failure === undefined) return undefined;
  const what = ACCESS[failure.kind];
  return what === undefined ? undefined : `${nameOf(scene)} answers, but ${what}: ${failure.text}.`;
}
