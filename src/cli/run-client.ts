/** What the CLI needs of Temporal. A small interface, so that commands are tested without a server. */
import type { RunInput } from '../domain/contract.js';
import type { Decision } from '../domain/decision.js';

/** One open execution of Holdfast’s. */
export interface OpenRun {
  readonly workflowId: string;
  readonly runId: string;
  readonly startedAtMs: number;
  /** `failover`, `pause`, `watch`, …: the part of the id before the first colon. */
  readonly kind: string;
}

/** How an execution stands on the server. */
export interface RunStatus {
  readonly runId: string;
  readonly status: 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed-out' | 'continued';
  /** Result of a completed run, undecoded by the client’s caller. */
  readonly result?: unknown;
}

/** What the run answered to a decision sent as an Update. */
export interface DecisionAnswer {
  readonly accepted: boolean;
  /** Its number among all that the run received; absent when it was refused. */
  readonly n?: number;
  /** One sentence: that it was received, or why it was refused. */
  readonly sentence: string;
}

/** Whether a store is to be armed, and by whose word. */
export interface ArmingRequest {
  readonly armed: boolean;
  readonly by: string;
  readonly reason: string;
}

/** Queries that every acting run answers. */
export type RunQuery = 'card' | 'state' | 'decisions' | 'manual-continuation';

/** Errors of every method: HF_TEMPORAL_UNREACHABLE; HF_RUN_NOT_FOUND where a run is named. */
export interface RunClient {
  /** Starts a run. Errors: HF_RUN_EXISTS when one of this id is open. */
  start(workflowId: string, input: RunInput): Promise<{ readonly runId: string }>;
  openRuns(): Promise<readonly OpenRun[]>;
  /** Undefined when the id never existed or is past retention. */
  status(workflowId: string): Promise<RunStatus | undefined>;
  signal(workflowId: string, name: string, payload: Readonly<Record<string, unknown>>): Promise<void>;
  /** Sends a decision as an Update and waits for the synchronous answer. */
  decide(workflowId: string, decision: Decision): Promise<DecisionAnswer>;
  query(workflowId: string, name: RunQuery): Promise<unknown>;
  /** Starts a workflow that only pauses trading and proves it (design S7); it depends on no run. `key`: that of the run's own pause, so that both are one. */
  startPause(
    store: string,
    cluster: string,
    request: Omit<ArmingRequest, 'armed'> & { readonly key?: string },
  ): Promise<{ readonly workflowId: string }>;
  /** Arms or disarms through `watch:<store>`, starting it when it does not run yet. */
  setArming(store: string, request: ArmingRequest): Promise<void>;
  /** What is missing in the namespace, as sentences; empty when `temporal setup` has nothing to do. */
  setupProblems(): Promise<readonly string[]>;
  /** Registers what is missing. Returns what was done, as sentences. */
  setUp(): Promise<readonly string[]>;
  close(): Promise<void>;
}
