/** `holdfast demo`: a real primary really dies, and the whole runbook is carried out on this machine. */
import os from 'node:os';
import path from 'node:path';
import { setInterval } from 'node:timers';
import { actingRunId } from '../../domain/contract.js';
import type { RunFacts } from '../../domain/run-facts.js';
import type { CliContext, CommandResult, CommonOptions } from '../context.js';
import { EXIT_CODES } from '../exit-codes.js';
import { createAnswering } from './answering.js';
import type { Answers, Failure, View } from './events.js';
import { again, causeOf, DemoFailed, Interrupted } from './failure.js';
import { follow } from './follow.js';
import { firstOf, obstacleOf } from './full-needs.js';
import { jsonView } from './json-view.js';
import { keepLogs, keepReport, keptFolder } from './keep.js';
import type { DemoKind, Scene } from './scene.js';
import { needsOf, setUp, surroundings } from './set-up.js';
import type { AnyStage } from './stage-types.js';
import { processTerminal, type Terminal } from './terminal.js';
import { textView } from './text-view.js';
import { recoveryLines, timelineOf, type DemoMarks } from './timeline.js';
import { createWorkerLoss } from './worker-loss.js';

/** Options of `demo`. */
export interface DemoOptions extends CommonOptions {
  /** Two people of the lab answer every gate at once. */
  readonly yes?: boolean;
  /** Gates may be answered in Temporal’s UI: typed names count. */
  readonly ui?: boolean;
  /** The switch was on before the primary died. */
  readonly engaged?: boolean;
  /** The lab’s folder is kept. */
  readonly keep?: boolean;
  /** A Patroni cluster instead of a pair; together with `kubernetes` only. */
  readonly patroni?: boolean;
  /** The application in pods instead of processes; together with `patroni` only. */
  readonly kubernetes?: boolean;
}

/** With everybody answering at once a run takes about fifteen seconds, or sixty; this is a machine under heavy load. */
const LIMIT_MS: Readonly<Record<DemoKind, number>> = { pair: 180_000, full: 300_000 };
const TICK_MS = 120;

/** Runs the demo. The exit code is 0 only when the run ended verified and the world agrees. */
export async function demoCommand(context: CliContext, options: DemoOptions): Promise<CommandResult> {
  const terminal = processTerminal();
  const kind = kindOf(options);
  if (kind === undefined) {
    return {
      exit: EXIT_CODES.usage,
      text: `${ONE_WITHOUT_THE_OTHER}\nTry: holdfast demo --patroni --kubernetes`,
      data: { event: 'refused', why: ONE_WITHOUT_THE_OTHER },
      streamed: true,
    };
  }
  const answers: Answers = options.yes === true ? 'yes' : options.ui === true ? 'ui' : 'keys';
  if (answers === 'keys' && (!terminal.hasKeys || options.output === 'json')) {
    return {
      exit: EXIT_CODES.usage,
      text: 'Nobody can press keys here. Add --yes (two people of the lab answer) or --ui (you answer in Temporal’s page).',
      data: { event: 'refused', why: 'no keys; add --yes or --ui' },
      streamed: true,
    };
  }
  const view =
    options.output === 'json'
      ? jsonView(
          (line) => context.out(line),
          () => context.now(),
        )
      : textFor(context, terminal);
  const ticking = context.isTty ? setInterval(() => view.tick(), TICK_MS) : undefined;
  try {
    return await play(context, { ...options, kind }, answers, view, terminal, keptFolder(process.cwd(), context.now()));
  } finally {
    clearInterval(ticking);
    view.close();
  }
}

const ONE_WITHOUT_THE_OTHER =
  'There are two demos: with neither option a pair of servers and processes; with both --patroni and --kubernetes a Patroni cluster and pods. One of them alone there is not.';

function kindOf({ patroni, kubernetes }: DemoOptions): DemoKind | undefined {
  if ((patroni === true) !== (kubernetes === true)) return undefined;
  return patroni === true ? 'full' : 'pair';
}

function textFor(context: CliContext, terminal: Terminal): View {
  return textView({
    out: (line) => context.out(line),
    ...(context.isTty ? { live: (text: string) => terminal.write(text) } : {}),
    columns: () => terminal.columns(),
    colours: Boolean(context.isTty) && (context.environment['NO_COLOR'] ?? '') === '' && context.environment['TERM'] !== 'dumb',
    now: () => context.now(),
  });
}

async function play(
  context: CliContext,
  options: DemoOptions & { readonly kind: DemoKind },
  answers: Answers,
  view: View,
  terminal: Terminal,
  keptIn: string,
): Promise<CommandResult> {
  const { kind } = options;
  const needs = await needsOf(kind);
  view.show({
    event: 'about',
    kind,
    first: needs === undefined ? [] : firstOf(needs),
    engaged: options.engaged === true,
    answers,
    folder: path.join(os.tmpdir(), 'holdfast-demo-…'),
    keptIn: typed(keptIn),
    keep: options.keep === true,
  });
  const obstacle = needs === undefined ? undefined : obstacleOf(needs, surroundings());
  if (obstacle !== undefined) {
    view.show({ event: 'failed', ...obstacle });
    return failed('nothing was started: see above', 'failed');
  }
  if (answers !== 'yes' && terminal.hasKeys && !(await begins(context, terminal))) {
    return { exit: EXIT_CODES.failed, text: 'Nothing was started.', data: { event: 'declined' }, streamed: true };
  }
  const failedStart: { logs?: string } = {};
  let stage: AnyStage | undefined;
  const lab = {
    acceptDeclared: answers === 'ui',
    engaged: options.engaged === true,
    keep: options.keep === true,
    onFailedStart: (folder: string): void => {
      const logs = keepLogs(folder, keptIn);
      if (logs !== undefined) failedStart.logs = logs;
    },
  };
  try {
    const scene = await setUp(context, kind, needs, lab, view);
    ({ stage } = scene);
    const end = await failOver(context, kind, scene, answers, view, terminal, keptIn);
    await stage.close();
    return end;
  } catch (error) {
    if (!(error instanceof Interrupted))
      view.show({ event: 'failed', ...causeOf(error, kind), ...(stage === undefined ? failedStart : logsOf(stage, keptIn)) });
    else if (!error.told) view.show({ event: 'interrupted' });
    await stage?.close();
    return error instanceof Interrupted
      ? failed('interrupted: everything that was started has been ended', 'interrupted')
      : failed('failed: see above', 'failed');
  }
}

function failed(text: string, outcome: 'failed' | 'interrupted'): CommandResult {
  return { exit: EXIT_CODES.failed, text, data: { event: 'result', outcome }, streamed: true };
}

/** Asks once before anything is started. */
async function begins(context: CliContext, terminal: Terminal): Promise<boolean> {
  terminal.write('\nStart? y/n: ');
  const keys = terminal.keys();
  try {
    while (!context.signal.aborted) {
      const key = keys.take()?.toLowerCase();
      if (key === 'y' || key === '\r') return true;
      if (key === 'n' || key === 'q') return false;
      await context.sleep(TICK_MS);
    }
    return false;
  } finally {
    keys.close();
    terminal.write('\n');
  }
}

async function failOver(
  context: CliContext,
  kind: DemoKind,
  scene: Scene,
  answers: Answers,
  view: View,
  terminal: Terminal,
  keptIn: string,
): Promise<CommandResult> {
  const { stage } = scene;
  const { uiUrl, namespace } = stage.lab.temporal;
  const run = actingRunId(stage.cluster);
  view.show({ event: 'links', run, ui: `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(run)}` });

  const killedAtMs = context.now();
  view.show({ event: 'primary-killed', ...(await scene.killPrimary()) });
  const postedAtMs = context.now();
  const { status } = await stage.postAlert();
  const alertAtMs = context.now();
  if (status !== 200) throw new DemoFailed(`The gateway answered ${status} to the alert.`, again(kind));
  view.show({ event: 'alert-posted', status, tookMs: alertAtMs - postedAtMs, to: stage.gatewayUrl });

  let promoted: DemoMarks['promoted'];
  // Only told, not waited for: whether it was seen or not, the run goes its way.
  void scene.promoted?.().then(
    (node) => {
      promoted = { node, atMs: context.now() };
      view.show({ event: 'promoted', node, sinceMs: promoted.atMs - killedAtMs });
    },
    () => undefined,
  );
  const loss = createWorkerLoss(stage, view, () => context.now());
  const answering = createAnswering(stage, answers, view, terminal);
  const limitMs = answers === 'yes' ? LIMIT_MS[kind] : Number.POSITIVE_INFINITY;
  const facts = await follow(context, { stage, kind, view, answering, loss, limitMs });
  const marks = { killedAtMs, alertAtMs, ...loss.marks(), ...(promoted === undefined ? {} : { promoted }) };
  return finish(kind, scene, facts, marks, view, keptIn);
}

async function finish(kind: DemoKind, scene: Scene, facts: RunFacts, marks: DemoMarks, view: View, keptIn: string): Promise<CommandResult> {
  const { stage } = scene;
  const { result } = facts;
  if (result === undefined) throw new Error('a run without a result has not ended'); // a bug: follow returns ended runs
  view.show({ event: 'ending' });
  const [world, kept] = await Promise.all([scene.world(result), keepReport(stage, facts, keptIn)]);
  view.show({
    event: 'ended',
    timeline: timelineOf(facts, marks, kind),
    recovery: recoveryLines(facts, marks),
    world,
    open: result.obligations,
    kept: { ...kept, shown: typed(kept.folder) },
    next: nextSteps(kind, typed(path.join(kept.folder, 'report.md'))),
  });
  const verified = result.outcome.startsWith('verified');
  if (verified && world.contradictions.length > 0) {
    throw new DemoFailed(
      `Holdfast says ${result.outcome}, but ${world.contradictions.join('; ')}.`,
      `less ${path.join(kept.folder, 'report.md')}`,
    );
  }
  return {
    exit: verified ? EXIT_CODES.ok : EXIT_CODES.notVerified,
    text: result.summary,
    data: { event: 'result', ...result },
    streamed: true,
  };
}

function nextSteps(kind: DemoKind, report: string): readonly (readonly [why: string, command: string])[] {
  const demo = `npx --no holdfast demo${kind === 'full' ? ' --patroni --kubernetes' : ''}`;
  return [
    ['Read the report', `less ${report}`],
    ['The night when the switch was on', `${demo} --engaged`],
    ...(kind === 'full' ? [['What Holdfast may do in your namespace', 'less deploy/kubernetes/rbac.yaml'] as const] : []),
    ['Your own database, read only at first', 'npx --no holdfast init'],
  ];
}

function logsOf(stage: AnyStage, keptIn: string): Pick<Failure, 'logs'> {
  const logs = keepLogs(stage.lab.dir, keptIn);
  return logs === undefined ? {} : { logs };
}

/** A path as short as it can be typed from the folder the demo was started in. */
function typed(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative;
}
