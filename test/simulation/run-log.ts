import type { OpenedGate } from '../../src/domain/evidence.js';
import type { RunFacts } from '../../src/domain/run-facts.js';
import type { Inbox } from '../../src/workflows/inbox.js';
import type { Closing, Opening, RunLog, Testimony } from '../checker/types.js';

/** A run that asks again looks for about so long in between. */
const REOPENING_MS = 120_000;

/** Results of these activities are testimony about the switch. */
const READINGS = ['resolvePlan', 'confirm', 'inspect', 'watchRun'];

/** Everything in a value that says engaged; a row says by which timestamp. */
function engagedIn(value: unknown): readonly { readonly updatedAtMs?: number }[] {
  if (typeof value !== 'object' || value === null) return [];
  const inside = Object.values(value).flatMap(engagedIn);
  if (!('engaged' in value) || value.engaged !== true) return inside;
  return [...inside, 'updatedAtMs' in value && typeof value.updatedAtMs === 'number' ? { updatedAtMs: value.updatedAtMs } : {}];
}

/** The log of one execution while it is being written. */
export interface OpenLog {
  readonly runId: string;
  readonly startedAtMs: number;
  facts: RunFacts | undefined;
  endedAtMs: number | undefined;
  /** Set when the run broke instead of ending. */
  failure: string | undefined;
  hear(name: string, value: unknown, atMs: number): void;
  show(facts: RunFacts): void;
  readonly cards: readonly OpenedGate[];
  close(workflowId: string, cluster: string, acting: boolean, inbox: Inbox, atMs: number): RunLog;
}

/** Begins a log. */
export function openLog(runId: string, startedAtMs: number): OpenLog {
  const cards: OpenedGate[] = [];
  const testimony: Testimony[] = [];

  const closings = (facts: RunFacts): readonly Closing[] =>
    facts.gates.flatMap((gate) =>
      gate.closedAtMs === undefined || gate.option === undefined
        ? []
        : [{ atMs: gate.closedAtMs, gate: gate.gate, option: gate.option, silence: gate.answeredBy === 'silence' }],
    );

  const statusOf = (log: OpenLog, atMs: number): Pick<RunLog, 'status' | 'detail'> => {
    if (log.failure !== undefined) return { status: 'failed', detail: log.failure };
    if (log.endedAtMs !== undefined) return { status: 'ended', detail: log.facts?.result?.outcome ?? 'continued' };
    const last = log.facts?.gates.at(-1);
    // Between two openings of a gate it looks again: it still waits there.
    const reopening = last !== undefined && atMs - (last.closedAtMs ?? atMs) < REOPENING_MS ? last.gate : undefined;
    const gate = log.facts?.open?.opened.gate ?? reopening;
    return gate === undefined
      ? { status: 'stuck', detail: `in step ${log.facts?.steps.at(-1)?.step ?? 'plan'}` }
      : { status: 'waiting', detail: gate };
  };

  const log: OpenLog = {
    runId,
    startedAtMs,
    facts: undefined,
    endedAtMs: undefined,
    failure: undefined,
    cards,
    hear(name, value, atMs) {
      if (name === 'openGate') cards.push(value as OpenedGate);
      if (READINGS.includes(name)) testimony.push(...engagedIn(value).map((said) => ({ ...said, atMs, from: name, engaged: true })));
    },
    show(facts) {
      log.facts = facts;
    },
    close(workflowId, cluster, acting, inbox, atMs) {
      const { facts } = log;
      return {
        workflowId,
        runId,
        cluster,
        acting,
        startedAtMs,
        ...(log.endedAtMs === undefined ? {} : { endedAtMs: log.endedAtMs }),
        ...statusOf(log, atMs),
        openings: cards.map((card): Opening => ({
          atMs: card.openedAtMs,
          gate: card.gate,
          opening: card.opening,
          code: card.code,
          fields: card.fields,
        })),
        closings: facts === undefined ? [] : closings(facts),
        testimony,
        refusals: (facts?.errors ?? []).map((error) => ({ ...error, atMs: log.endedAtMs ?? startedAtMs })),
        alerts: inbox.alerts.map(({ alert }) => `${alert.source} ${alert.fingerprint} ${alert.status} ${alert.startsAtMs}`),
      };
    },
  };
  return log;
}
