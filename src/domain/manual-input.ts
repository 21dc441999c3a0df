/** What the manual continuation is made of. It is rendered by `manual-continuation.ts`. */
import type { Plan, PlannedInstance, PlannedNode } from './plan.js';
import type { PauseFacts, RunFacts, StepName, TargetFacts } from './run-facts.js';

/** Commands that the set-up configures, each as one line for a shell. What is absent is described in words. */
export interface ManualCommands {
  /** Options of psql's connection string besides host and port, for example `dbname=geosync user=dba sslmode=verify-full`. No password. */
  readonly connection?: string;
  /** Keeps a node from serving, by node name. */
  readonly fence?: Readonly<Record<string, string>>;
  /** Reads a fence back, by node name. */
  readonly readFence?: Readonly<Record<string, string>>;
  /** Lines that show the cluster as its HA manager has it; the first that is answered will do. */
  readonly managerView?: readonly string[];
  /** Asks the HA manager to promote a node, by node name. */
  readonly promote?: Readonly<Record<string, string>>;
  /** Stops, starts and asks an instance, by instance name. */
  readonly stop?: Readonly<Record<string, string>>;
  readonly start?: Readonly<Record<string, string>>;
  readonly status?: Readonly<Record<string, string>>;
  /** Where a platform keeps the instances: stops them all, starts one, and then all. In place of the commands for each instance. */
  readonly stopAll?: readonly string[];
  readonly startFirst?: readonly string[];
  readonly startAll?: readonly string[];
  /** Points the DSN elsewhere; the value goes through files and never through a command line. */
  readonly point?: readonly string[];
  /** Health and admin addresses of an instance, by instance name. */
  readonly health?: Readonly<Record<string, string>>;
  readonly admin?: Readonly<Record<string, string>>;
  readonly pauseTrading?: string;
  readonly resumeTrading?: string;
}

/** Where the application's DSN lives. Never the DSN. */
export interface ManualConfigPlace {
  /** File, Secret or ConfigMap, as people find it. */
  readonly where: string;
  readonly key: string;
  /** Path inside the document that the key holds, empty for a plain key. */
  readonly path: readonly string[];
}

/** What the continuation is made of. */
export interface ManualContinuationInput {
  readonly store: string;
  readonly incident: string;
  readonly because: string;
  readonly writtenAtMs: number;
  readonly nodes: readonly PlannedNode[];
  readonly instances: readonly PlannedInstance[];
  readonly expectedPrimary: string;
  /** The node chosen or promoted, when there is one. */
  readonly target?: TargetFacts;
  readonly unfenced: readonly string[];
  readonly pause: PauseFacts;
  readonly manualKill: string;
  readonly staleAfterMs: number;
  /** Steps that are proven done. */
  readonly done: readonly StepName[];
  readonly config: ManualConfigPlace;
  readonly commands: ManualCommands;
}

/** The continuation of a run from its plan and what it knows about itself. */
export function manualInput(plan: Plan, facts: RunFacts, writtenAtMs: number): ManualContinuationInput {
  return {
    store: plan.store,
    incident: plan.incident,
    because: facts.errors.at(-1)?.message ?? facts.judgement?.verdict.sentence ?? 'The run was asked for its manual continuation.',
    writtenAtMs,
    nodes: plan.nodes,
    instances: plan.instances,
    expectedPrimary: plan.expectedPrimary,
    ...(facts.target === undefined ? {} : { target: facts.target }),
    unfenced: facts.unfenced,
    pause: facts.pause,
    manualKill: plan.adapters.pause.manualKill,
    staleAfterMs: plan.rowRules.staleAfterMs,
    done: facts.steps.filter((s) => s.result === 'done' || s.result === 'found-done').map((s) => s.step),
    ...plan.manual,
  };
}
