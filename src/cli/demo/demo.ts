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
import { causeOf, DemoFailed, Interrupted } from './failure.js';
import { follow } from './follow.js';
import { jsonView } from './json-view.js';
import { keepLogs, keepReport, keptFolder } from './keep.js';
import { createStage, type Stage } from './stage.js';
import { processTerminal, type Terminal } from './terminal.js';
import { textView } from './text-view.js';
import { recoveryLines, timelineOf, type DemoMarks } from './timeline.js';
import { createWorkerLoss } from './worker-loss.js';
import { readWorld } from './world.js';

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
}

/** With everybody answering at once a run takes about fifteen seconds; this is a machine under heavy load. */
const LIMIT_MS = 180_000;
const TICK_MS = 120;

/** Runs the demo. The exit code is 0 only when the run ended verified and the world agrees. */
export async function demoCommand(context: CliContext, options: DemoOptions): Promise<CommandResult> {
  const terminal = processTerminal();
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
    return await play(context, options, answers, view, terminal, keptFolder(process.cwd(), context.now()));
  } finally {
    clearInterval(ticking);
    view.close();
  }
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
  options: DemoOptions,
  answers: Answers,
  view: View,
  terminal: Terminal,
  keptIn: string,
): Promise<CommandResult> {
  view.show({
    event: 'about',
    engaged: options.engaged === true,
    answers,
    folder: path.join(os.tmpdir(), 'holdfast-demo-…'),
    keptIn: typed(keptIn),
    keep: options.keep === true,
  });
  if (answers !== 'yes' && terminal.hasKeys && !(await begins(context, terminal))) {
    return { exit: EXIT_CODES.failed, text: 'Nothing was started.', data: { event: 'declined' }, streamed: true };
  }
  const failedStart: { logs?: string } = {};
  let stage: Stage | undefined;
  try {
    stage = await setUp(context, options, answers, view, (folder) => {
      const logs = keepLogs(folder, keptIn);
      if (logs !== undefined) failedStart.logs = logs;
    });
    const end = await failOver(context, stage, answers, view, terminal, keptIn);
    await stage.close();
    return end;
  } catch (error) {
    if (error instanceof Interrupted) view.show({ event: 'interrupted' });
    else view.show({ event: 'failed', ...causeOf(error), ...(stage === undefined ? failedStart : logsOf(stage, keptIn)) });
    await stage?.close();
    const text = error instanceof Interrupted ? 'interrupted: everything that was started has been ended' : 'failed: see above';
    return {
      exit: EXIT_CODES.failed,
      text,
      data: { event: 'result', outcome: error instanceof Interrupted ? 'interrupted' : 'failed' },
      streamed: true,
    };
  }
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

async function setUp(
  context: CliContext,
  options: DemoOptions,
  answers: Answers,
  view: View,
  onFailedStart: (folder: string) => void,
): Promise<Stage> {
  view.show({ event: 'setting-up' });
  const startedAtMs = context.now();
  let ready = false;
  const stage = await createStage({
    acceptDeclared: answers === 'ui',
    lab: {
      name: 'demo',
      keep: options.keep === true,
      onFailedStart,
      row: options.engaged === true ? { engaged: true, reason: 'volatility guard, set by the desk' } : { engaged: false },
    },
    onProgress: (line) => {
      if (ready) return;
      const text = line.replace(/^[\d.]+ s {2}/, '').replace(/^lab in /, 'folder: ');
      const [what = '', ...rest] = text.split(': ');
      const detail = rest.join(': ');
      view.show({ event: 'set-up', what: `${what.charAt(0).toUpperCase()}${what.slice(1)}`, detail, sinceMs: context.now() - startedAtMs });
      view.tick();
    },
  });
  ready = true;
  if (!context.signal.aborted) return stage;
  await stage.close();
  throw new Interrupted();
}

async function failOver(
  context: CliContext,
  stage: Stage,
  answers: Answers,
  view: View,
  terminal: Terminal,
  keptIn: string,
): Promise<CommandResult> {
  const { uiUrl, namespace } = stage.lab.temporal;
  const run = actingRunId(stage.cluster);
  view.show({ event: 'links', run, ui: `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(run)}` });

  const pid = (await stage.lab.pair.nodes.a.pid()) ?? 0;
  const killedAtMs = context.now();
  await stage.lab.faults.killNode('a');
  view.show({ event: 'primary-killed', node: 'a', pid });
  const postedAtMs = context.now();
  const { status } = await stage.postAlert();
  const alertAtMs = context.now();
  if (status !== 200) throw new DemoFailed(`The gateway answered ${status} to the alert.`, 'holdfast demo --yes --keep');
  view.show({ event: 'alert-posted', status, tookMs: alertAtMs - postedAtMs, to: stage.gatewayUrl });

  const loss = createWorkerLoss(stage, view, () => context.now());
  const answering = createAnswering(stage, answers, view, terminal);
  const facts = await follow(context, { stage, view, answering, loss, limitMs: answers === 'yes' ? LIMIT_MS : Number.POSITIVE_INFINITY });
  return finish(stage, facts, { killedAtMs, alertAtMs, ...loss.marks() }, view, keptIn);
}

async function finish(stage: Stage, facts: RunFacts, marks: DemoMarks, view: View, keptIn: string): Promise<CommandResult> {
  const { result } = facts;
  if (result === undefined) throw new Error('a run without a result has not ended'); // a bug: follow returns ended runs
  view.show({ event: 'ending' });
  const [world, kept] = await Promise.all([readWorld(stage.lab, result), keepReport(stage, facts, keptIn)]);
  view.show({
    event: 'ended',
    timeline: timelineOf(facts, marks),
    recovery: recoveryLines(facts, marks),
    world,
    open: result.obligations,
    kept: { ...kept, shown: typed(kept.folder) },
    next: nextSteps(typed(path.join(kept.folder, 'report.md'))),
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

function nextSteps(report: string): readonly (readonly [why: string, command: string])[] {
  return [
    ['Read the report', `less ${report}`],
    ['The night when the switch was on', 'npx --no holdfast demo --engaged'],
    ['Your own database, read only at first', 'npx --no holdfast init'],
  ];
}

function logsOf(stage: Stage, keptIn: string): Pick<Failure, 'logs'> {
  const logs = keepLogs(stage.lab.dir, keptIn);
  return logs === undefined ? {} : { logs };
}

/** A path as short as it can be typed from the folder the demo was started in. */
function typed(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative;
}
