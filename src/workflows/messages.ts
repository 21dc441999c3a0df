/** What clients and the workflow share: names of signals, updates, queries and search attributes. Types and names only. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { RunInput } from '../domain/contract.js';
import type { CountedDecision } from '../domain/decision.js';
import type { Plan } from '../domain/plan.js';
import type { RunFacts } from '../domain/run-facts.js';
import type { Snapshot } from '../domain/facts.js';

/** Workflow type names. */
export const WORKFLOWS = {
  failover: 'failover',
  watchStore: 'watchStore',
  pauseOnly: 'pauseOnly',
  afterwards: 'afterwards',
  sentinel: 'sentinel',
} as const;

/** Task queues: `act` is short and on the critical path, `watch` is long, heartbeating, never mutating (design §4). */
export const TASK_QUEUES = { act: 'holdfast-act', watch: 'holdfast-watch' } as const;

/** How a run is started, whoever starts it: what the Temporal UI shows, and a task timeout that makes a killed worker cost seconds. */
export function runStartOptions(run: RunInput): {
  readonly staticSummary: string;
  readonly staticDetails: string;
  readonly workflowTaskTimeout: '5s';
} {
  const { trigger } = run;
  const by = trigger.by ?? (trigger.alert === undefined ? 'somebody' : `alert ${trigger.alert.title || trigger.alert.fingerprint}`);
  return {
    workflowTaskTimeout: '5s',
    staticSummary: `${run.mode} run for ${run.store}`.slice(0, 200),
    staticDetails:
      `Incident ${trigger.incident}, started by ${by}${trigger.reason === undefined ? '' : `: ${trigger.reason}`}. What it does now is under Current Details; press R to refresh.`.slice(
        0,
        2000,
      ),
  };
}

/** Answer of the Update `decide`: the caller hears at once whether the decision was kept, and how it was counted so far is in the query. */
export interface DecideAnswer {
  readonly n: number;
  readonly gate: string;
}

export const decideUpdate = defineUpdate<DecideAnswer, [unknown]>('decide');

/** The card of the open gate as Markdown, or what the run is doing when none is open. */
export const cardQuery = defineQuery<string>('card');
export const stateQuery = defineQuery<RunFacts>('state');
/** Every decision that was received for the open gate, and how it was counted. */
export const decisionsQuery = defineQuery<readonly CountedDecision[]>('decisions');
/** The remaining runbook as plain commands. */
export const manualQuery = defineQuery<string>('manual-continuation');

/** Input of `watch:<store>`. */
export interface WatchStoreWorkflowInput {
  readonly schema: 1;
  readonly store: string;
  readonly everyMs: number;
  readonly armed: boolean;
  readonly armedBy: string;
  readonly armedAtMs?: number;
  readonly snapshot?: Snapshot;
  readonly plans?: readonly Plan[];
  /** Continued as new after so many looks, beside the day; default 500. */
  readonly continueAfterLooks?: number;
}

/** What `watch:<store>` answers. */
export interface StoreState {
  readonly store: string;
  readonly armed: boolean;
  readonly armedBy: string;
  readonly armedAtMs?: number;
  readonly snapshot?: Snapshot;
  /** Plans of the last two acting runs, newest first. */
  readonly plans: readonly Plan[];
}
export const storeStateQuery = defineQuery<StoreState>('store-state');
export const rememberPlanSignal = defineSignal<[unknown]>('remember-plan');
export const armSignal = defineSignal<[unknown]>('arm');
export const disarmSignal = defineSignal<[unknown]>('disarm');

/** Search attributes, registered by `holdfast temporal setup`. Never secrets: they are not encrypted. */
export const SEARCH_ATTRIBUTES = {
  store: defineSearchAttributeKey('HoldfastStore', 'KEYWORD'),
  cluster: defineSearchAttributeKey('HoldfastCluster', 'KEYWORD'),
  mode: defineSearchAttributeKey('HoldfastMode', 'KEYWORD'),
  step: defineSearchAttributeKey('HoldfastStep', 'KEYWORD'),
  gate: defineSearchAttributeKey('HoldfastGate', 'KEYWORD'),
  verdict: defineSearchAttributeKey('HoldfastVerdict', 'KEYWORD'),
  trading: defineSearchAttributeKey('HoldfastTrading', 'KEYWORD'),
  outcome: defineSearchAttributeKey('HoldfastOutcome', 'KEYWORD'),
  armed: defineSearchAttributeKey('HoldfastArmed', 'BOOL'),
} as const;

/** Descriptions that the Temporal UI shows beside each signal, with JSON to paste. */
export const SIGNAL_DESCRIPTIONS = {
  decide:
    'Answer the open gate. Copy the JSON from the card (current details): {"schema":1,"gate":"…","option":"…","code":"…","by":"<your id>"}',
  'pause-trading': 'Pause trading now. Anybody listed, alone, at any time: {"by":"<your id>","reason":"…"}',
  recheck: 'I mended something; look again: {"by":"<your id>"}',
  acknowledge: 'I have seen it and I am on it: {"by":"<your id>"}',
  'done-by-hand': 'I did the stuck step by hand; Holdfast will prove it: {"by":"<your id>","text":"what was done"}',
  abort: 'Stop at the next safe point; trading is paused and the rest is handed over: {"by":"<your id>","reason":"…"}',
  note: 'Keep a note in the record: {"by":"<your id>","text":"…"}',
  classify: 'Say what this was, for the report: {"by":"<your id>","text":"…"}',
  alert: 'From the gateway: a further alert joins this run.',
  disarm: 'From `holdfast disarm`: no act that adds risk from now on: {"by":"<your id>"}',
} as const;
