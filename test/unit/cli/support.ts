/** A CLI context in memory and a double of the RunClient; commands run as from a shell, without a process. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runCli } from '../../../src/cli/program.js';
import type { CliContext } from '../../../src/cli/context.js';
import type { DecisionAnswer, OpenRun, RunClient, RunStatus } from '../../../src/cli/run-client.js';
import { loadConfig, parseConfig } from '../../../src/config/load.js';
import type { RunInput } from '../../../src/domain/contract.js';
import type { CountedDecision, Decision } from '../../../src/domain/decision.js';
import { HoldfastError } from '../../../src/domain/errors.js';
import type { RunFacts } from '../../../src/domain/run-facts.js';
import type { StorePorts } from '../../../src/ports/index.js';
import { buildRunFacts } from '../../support/build-run.js';

export const FULL = fileURLToPath(new URL('../../../examples/holdfast.full.yaml', import.meta.url));
export const NOW_MS = Date.parse('2026-11-24T12:00:00Z');
export const ACTING = 'failover:geosync-db';
/** The open runs of a Temporal with nothing but the acting run of the cluster. */
export const acting: readonly OpenRun[] = [{ workflowId: ACTING, runId: 'r1', startedAtMs: NOW_MS - 65_000, kind: 'failover' }];

export interface ClientDouble extends RunClient {
  readonly sent: { readonly what: string; readonly id: string; readonly payload: unknown }[];
  closed: number;
}

export interface DoubleOptions {
  readonly open?: readonly OpenRun[];
  readonly states?: readonly (RunFacts | HoldfastError)[];
  readonly answer?: DecisionAnswer;
  readonly decisions?: readonly CountedDecision[];
  readonly status?: RunStatus;
}

/** A double of the CLI’s interface to Temporal. States are given in order; the last one stays. */
export function clientDouble(options: DoubleOptions = {}): ClientDouble {
  let looked = 0;
  const found = (id: string) => {
    if (!(options.open ?? []).some((run) => run.workflowId === id)) throw new HoldfastError('HF_RUN_NOT_FOUND', '', { run: id });
  };
  const double: ClientDouble = {
    sent: [],
    closed: 0,
    start: async (id: string, input: RunInput) => {
      if (options.open?.some((run) => run.workflowId === id)) throw new HoldfastError('HF_RUN_EXISTS', '', { run: id });
      double.sent.push({ what: 'start', id, payload: input });
      return { runId: 'r1' };
    },
    openRuns: async () => options.open ?? [],
    status: async () => options.status,
    signal: async (id, name, payload) => {
      found(id);
      double.sent.push({ what: name, id, payload });
    },
    decide: async (id: string, decision: Decision) => {
      double.sent.push({ what: 'decide', id, payload: decision });
      return options.answer ?? { accepted: true, sentence: 'Received as decision 1 for the gate promote.' };
    },
    query: async (id, name) => {
      if (name === 'card') return 'THE CARD';
      if (name === 'manual-continuation') return '# By hand';
      if (name === 'decisions') return options.decisions ?? [];
      const state = options.states?.[Math.min(looked, options.states.length - 1)];
      looked += 1;
      if (state === undefined) throw new HoldfastError('HF_RUN_NOT_FOUND', '', { run: id });
      if (state instanceof HoldfastError) throw state;
      return state;
    },
    startPause: async (_store, cluster, request) => {
      double.sent.push({ what: 'startPause', id: `pause:${cluster}:1`, payload: request });
      return { workflowId: `pause:${cluster}:1` };
    },
    setArming: async (store, request) => void double.sent.push({ what: 'setArming', id: store, payload: request }),
    setupProblems: async () => [],
    setUp: async () => ['search attribute HoldfastStore registered'],
    close: async () => void (double.closed += 1),
  };
  return double;
}

export interface Shell {
  readonly out: string[];
  readonly err: string[];
  run(...words: readonly string[]): Promise<number>;
}

/** A shell around a context. `client` undefined: Temporal does not answer. */
export async function shell(
  options: {
    readonly client?: RunClient;
    readonly yes?: boolean;
    readonly ports?: StorePorts;
    readonly configText?: (text: string) => string;
  } = {},
): Promise<Shell> {
  const text = await readFile(FULL, 'utf8');
  const out: string[] = [];
  const err: string[] = [];
  const context: CliContext = {
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    environment: {},
    isTty: false,
    now: () => NOW_MS,
    sleep: () => Promise.resolve(),
    signal: new AbortController().signal,
    confirm: () => Promise.resolve(options.yes === true),
    load: async (file) =>
      file === undefined ? { ...parseConfig(options.configText?.(text) ?? text, FULL), file: FULL } : loadConfig(file),
    connect: async () => {
      if (options.client === undefined) throw new HoldfastError('HF_TEMPORAL_UNREACHABLE', 'Address 127.0.0.1:7233, namespace default.');
      return options.client;
    },
    ports: () => {
      if (options.ports === undefined) throw new Error('this test has no ports');
      return options.ports;
    },
  };
  return { out, err, run: (...words) => runCli(words, context) };
}

/** Facts of a run that waits at the gate `promote`. */
export function waitingFacts(overrides: Partial<RunFacts> = {}): RunFacts {
  return buildRunFacts({
    workflowId: ACTING,
    runId: 'r1',
    store: 'kill-switch',
    cluster: 'geosync-db',
    incident: 'i-1',
    startedAtMs: NOW_MS - 60_000,
    steps: [{ step: 'detect', startedAtMs: NOW_MS - 60_000, endedAtMs: NOW_MS - 50_000, result: 'done', detail: 'primary-dead on a' }],
    pause: { state: 'proven', because: 'b', detail: 'platform says paused' },
    alerts: { recorded: 1, counted: 0 },
    open: {
      deadlineMs: NOW_MS + 600_000,
      opened: {
        schema: 1,
        gate: 'promote',
        opening: 1,
        fields: [],
        hash: 'ab'.repeat(32),
        code: '7F3K9QX2MT',
        card: 'THE CARD',
        openedAtMs: NOW_MS - 1000,
        archived: 'x',
        archiveProblem: '',
      },
    },
    ...overrides,
  });
}
