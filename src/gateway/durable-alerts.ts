/**
 * Design S10. An alert is durable when its identity is in a run that was confirmed open at most 2 s ago. A new identity waits for its
 * signal-with-start; per cluster one call is in flight at a time, so that a storm cannot start a second run or flood the first.
 */
import { actingRunId } from '../domain/contract.js';
import type { Alert, RunInput } from '../domain/contract.js';
import { HoldfastError } from '../domain/errors.js';
import type { AlertStarter, AlertTarget, DurableAlert } from './alert-starter.js';

/** What is needed of a Temporal client: three calls, each bounded by its own deadline. */
export interface AlertClient {
  /** Starts the acting run or joins the open one, with the alert as its signal; one atomic call of the server. */
  signalWithStart(workflowId: string, input: RunInput, alert: Alert): Promise<{ readonly runId: string }>;
  /** Signals the open run. Undefined when none is open. */
  signalOpen(workflowId: string, alert: Alert): Promise<{ readonly runId: string } | undefined>;
  /** Run id of the open run. Undefined when none is open. */
  openRun(workflowId: string): Promise<string | undefined>;
}

/** How long a confirmation that a run is open counts (design S10). */
export const CONFIRMED_FOR_MS = 2000;

/** Alerts of one run that become signals; later ones are only counted, so that people can always be heard (design S10). */
export const ALERT_SIGNAL_LIMIT = 500;

/** What is known of one cluster’s acting run. */
interface Lane {
  run?: { readonly runId: string; readonly identities: Set<string>; confirmedAtMs: number };
  readonly pending: Map<string, Promise<DurableAlert>>;
  tail: Promise<unknown>;
  /** Counts failed calls: whoever waited behind one fails with it instead of asking a dead server once more. */
  failures: number;
}

/** An AlertStarter over a Temporal client. `now` is the clock in epoch milliseconds. */
export function createDurableAlerts(client: AlertClient, now: () => number = Date.now): AlertStarter {
  const lanes = new Map<string, Lane>();

  return {
    makeDurable(target, alert) {
      const workflowId = actingRunId(target.cluster);
      const lane = laneOf(lanes, target.cluster);
      const identity = identityOf(target, alert);
      if (isFresh(lane, identity, now())) return Promise.resolve({ state: 'known', workflowId });
      const waiting = lane.pending.get(identity);
      if (waiting !== undefined) return waiting;
      const failuresBefore = lane.failures;
      const settled = lane.tail.then(async () => {
        if (lane.failures !== failuresBefore) throw notDurable(workflowId, 'an earlier alert of this cluster failed while this one waited');
        return settle(client, lane, workflowId, target, alert, now);
      });
      const done = settled.finally(() => lane.pending.delete(identity));
      lane.pending.set(identity, done);
      // The tail only orders calls; the outcome belongs to whoever waits for `done`.
      lane.tail = done.catch(() => undefined);
      return done;
    },
  };
}

async function settle(
  client: AlertClient,
  lane: Lane,
  workflowId: string,
  target: AlertTarget,
  alert: Alert,
  now: () => number,
): Promise<DurableAlert> {
  const identity = identityOf(target, alert);
  try {
    if (isFresh(lane, identity, now())) return { state: 'known', workflowId };
    if (lane.run !== undefined && (lane.run.identities.has(identity) || lane.run.identities.size >= ALERT_SIGNAL_LIMIT)) {
      // Counted from before the question: the answer may be as old as that.
      const askedAtMs = now();
      if ((await client.openRun(workflowId)) === lane.run.runId) {
        lane.run.confirmedAtMs = askedAtMs;
        return { state: lane.run.identities.has(identity) ? 'known' : 'counted', workflowId };
      }
      delete lane.run;
    }
    const sentAtMs = now();
    const joined =
      alert.status === 'resolved'
        ? await client.signalOpen(workflowId, alert)
        : await client.signalWithStart(workflowId, incidentInput(target, alert, sentAtMs), alert);
    if (joined === undefined) {
      delete lane.run;
      return { state: 'nothing-open', workflowId };
    }
    remember(lane, joined.runId, identity, sentAtMs);
    return { state: 'started-or-joined', workflowId };
  } catch (error) {
    lane.failures += 1;
    throw notDurable(
      workflowId,
      error instanceof HoldfastError ? error.message : error instanceof Error ? error.name : 'unknown error',
      error,
    );
  }
}

/** Another run id means that the earlier run has ended or continued as new: what it knew is told again. Runs ignore an identity they have. */
function remember(lane: Lane, runId: string, identity: string, atMs: number): void {
  if (lane.run?.runId === runId) {
    lane.run.identities.add(identity);
    lane.run.confirmedAtMs = atMs;
  } else {
    lane.run = { runId, identities: new Set([identity]), confirmedAtMs: atMs };
  }
}

function isFresh(lane: Lane, identity: string, nowMs: number): boolean {
  return lane.run !== undefined && lane.run.identities.has(identity) && nowMs - lane.run.confirmedAtMs <= CONFIRMED_FOR_MS;
}

function laneOf(lanes: Map<string, Lane>, cluster: string): Lane {
  const existing = lanes.get(cluster);
  if (existing !== undefined) return existing;
  const lane: Lane = { pending: new Map(), tail: Promise.resolve(), failures: 0 };
  lanes.set(cluster, lane);
  return lane;
}

function identityOf(target: AlertTarget, alert: Alert): string {
  return JSON.stringify([target.store, alert.source, alert.fingerprint, alert.status, alert.startsAtMs]);
}

/** Input of the run that this alert starts. The incident’s name is derived from the alert, so that a repeated delivery names the same one. */
export function incidentInput(target: AlertTarget, alert: Alert, atMs: number): RunInput {
  const start = new Date(alert.startsAtMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const mark = alert.fingerprint.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, 8);
  return {
    schema: 1,
    store: target.store,
    mode: 'incident',
    trigger: { kind: 'alert', incident: `${target.store}-${start}-${mark}`, atMs, alert },
  };
}

function notDurable(workflowId: string, why: string, cause?: unknown): HoldfastError {
  return new HoldfastError('HF_ALERT_NOT_DURABLE', `Run ${workflowId}: ${why.replace(/\.$/, '')}.`, { run: workflowId, why }, { cause });
}
