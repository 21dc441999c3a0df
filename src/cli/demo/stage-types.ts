/** What a stage is, whatever lab it stands on. */
import type { Client } from '@temporalio/client';
import type { BaseLab, LabProcess } from '../../../lab/index.js';
import type { Config } from '../../config/schema.js';
import type { RunInput } from '../../domain/contract.js';
import type { Decision } from '../../domain/decision.js';
import type { Snapshot } from '../../domain/facts.js';
import type { RunFacts, RunResult } from '../../domain/run-facts.js';
import type { LabPerson } from './common-config.js';

/** What a stage may be told whatever lab it stands on. */
export interface FurnishOptions {
  /** Default true. */
  readonly armed?: boolean;
  /** Default true; false leaves starting the gateway to the caller. */
  readonly gateway?: boolean;
  readonly worker?: boolean;
  /** Gives the (one) worker a Prometheus endpoint. */
  readonly workerMetrics?: boolean;
  readonly environment?: string;
  readonly onProgress?: (line: string) => void;
}

/** Worker, gateway and command line as processes of the lab. */
export interface StageProcesses {
  /** The worker that runs now. */
  worker(): LabProcess;
  /** Starts a (further) worker process and waits until it polls. */
  startWorker(env?: Readonly<Record<string, string>>): Promise<LabProcess>;
  /** Runs the CLI as a process of the lab and returns its end and output. */
  cli(args: readonly string[]): Promise<{ readonly code: number; readonly output: string }>;
}

/** What can be done with the store's runs. */
export interface StageRuns {
  /** Starts a run directly. */
  start(input?: Partial<RunInput>): Promise<string>;
  facts(workflowId?: string): Promise<RunFacts>;
  /** Waits until the run's facts satisfy the predicate. Fails at once when the run has ended without. */
  until(what: string, predicate: (facts: RunFacts) => boolean, timeoutMs?: number): Promise<RunFacts>;
  /** Waits until the memory of the store holds a snapshot that satisfies the predicate. */
  untilSnapshot(predicate: (snapshot: Snapshot) => boolean, timeoutMs?: number): Promise<Snapshot>;
  /** Signs and sends a decision on the open gate as a person. */
  decide(person: string, option: string, overrides?: Partial<Decision>): Promise<void>;
  signal(name: string, payload: unknown): Promise<void>;
  result(workflowId?: string): Promise<RunResult>;
}

/** A lab with Holdfast on it. */
export interface StageOn<OneLab extends BaseLab> extends StageProcesses, StageRuns {
  readonly lab: OneLab;
  readonly configFile: string;
  readonly config: Config;
  readonly store: string;
  readonly cluster: string;
  readonly people: readonly LabPerson[];
  readonly client: Client;
  /** Base address of the gateway. */
  readonly gatewayUrl: string;
  /** Metrics of gateway and, when asked for, worker. */
  readonly metricsUrls: readonly string[];
  /** Posts an alert to the gateway as Alertmanager would. */
  postAlert(overrides?: Readonly<Record<string, unknown>>): Promise<Response>;
  /** Begins the store's memory anew, armed as at first: what it held is forgotten. */
  watchAnew(): Promise<void>;
  close(): Promise<void>;
}

/** A stage of either kind, for what needs nothing of databases and application. */
export type AnyStage = StageOn<BaseLab>;
