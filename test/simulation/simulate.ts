/** Plays one schedule from the first fault to the end of the run, on a virtual clock, and writes down what truly happened. */
import { createHash } from 'node:crypto';
import { createActivities } from '../../src/activities/index.js';
import { runId as workflowIdOf } from '../../src/domain/contract.js';
import type { Alert, HandOver, RunInput } from '../../src/domain/contract.js';
import { GATES } from '../../src/domain/gate.js';
import { Inbox } from '../../src/workflows/inbox.js';
import { runbook } from '../../src/workflows/runbook.js';
import type { RunEnd } from '../../src/workflows/runbook.js';
import type { Run } from '../../src/workflows/run.js';
import type { ChaosRecord, RunLog, Text } from '../checker/types.js';
import { createFakePorts } from '../support/fakes/index.js';
import { planOfWorld, worldGates, WORLD_PLAN_TIMES } from '../support/plan-of-world.js';
import { createPrng } from '../support/prng.js';
import { seededCalls } from '../support/world/calls.js';
import { createWorld, WORLD_START_MS } from '../support/world/create.js';
import { scheduleFaults } from '../support/world/faults.js';
import { watchStore } from '../support/world/snapshot.js';
import { truthOf } from '../support/world/truth.js';
import type { World } from '../support/world/types.js';
import { createVirtualClock } from '../support/virtual-clock.js';
import { createWaiters } from '../support/waiters.js';
import { openLog } from './run-log.js';
import type { OpenLog } from './run-log.js';
import type { Schedule, ScheduledSignal } from './schedule.js';
import { simContext } from './sim-context.js';
import { createSimPeople } from './sim-people.js';
import { createSimWorker } from './sim-worker.js';
import type { SimWorker } from './sim-worker.js';

/** The night is over after this, whatever a run still waits for. */
const NIGHT_MS = 30 * 60_000;
/** What runs beside a run hears at its next heartbeat that the run is over. */
const HEARTBEAT_MS = 1_000;
/** Late effects of early calls may still land. */
const AFTERMATH_MS = 10_000;

/** One night as it went. */
export interface Night {
  readonly schedule: Schedule;
  readonly record: ChaosRecord;
  readonly world: World;
  /** The runs’ own words, for a failing seed. */
  readonly trace: readonly string[];
  readonly crashes: number;
  readonly jumps: number;
}

interface OpenRun {
  readonly log: OpenLog;
  readonly inbox: Inbox;
  readonly run: () => Run | undefined;
}

function createNightWorld(schedule: Schedule, worker: Pick<SimWorker, 'crash' | 'isDead'>, trace: string[]): World {
  const clock = createVirtualClock(WORLD_START_MS);
  const prng = createPrng(schedule.seed);
  const since = (): string => `${((clock.now() - WORLD_START_MS) / 1000).toFixed(2)} s`;
  return createWorld({
    clock,
    prng,
    calls: seededCalls(prng.fork('calls'), schedule.fates, worker, (line) => trace.push(`${since()} fate ${line}`)),
    nodes: schedule.nodes,
    instances: schedule.instances,
    pods: schedule.pods,
    ...(schedule.managerTtlMs === undefined ? {} : { managerTtlMs: schedule.managerTtlMs }),
    row: schedule.row,
    lagMs: schedule.lagMs,
    writeRate: schedule.writeRate,
    synchronous: schedule.synchronous,
    armed: schedule.armed,
    times: { promoteMs: schedule.promoteMs },
    pauseClass: schedule.pauseClass,
    ...(schedule.snapshotAgeMs === undefined ? {} : { snapshotAgeMs: schedule.snapshotAgeMs }),
  });
}

/** Stacks of modelled errors are read by nobody, and cost a tenth of a night. */
const STACK_LINES = 3;

/** Plays a schedule. Never throws for what a run does: that is in the record. */
export async function simulate(schedule: Schedule): Promise<Night> {
  Error.stackTraceLimit = STACK_LINES;
  const trace: string[] = [];
  // World and worker need each other: a call may kill the worker, and a dead worker is heard by nobody.
  const box: { worker?: SimWorker } = {};
  const world = createNightWorld(
    schedule,
    { crash: () => box.worker?.crash(), isDead: (signal) => box.worker?.isDead(signal) === true },
    trace,
  );
  const { clock } = world;
  const ports = createFakePorts(world);
  const activities = createActivities({
    portsFor: () => ports,
    planFor: (input) => Promise.resolve(planOfWorld(world, input)),
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
  });
  const closed: RunLog[] = [];
  const texts: Text[] = [];
  const posted: { readonly atMs: number; readonly identity: string }[] = [];
  const waiters = createWaiters(clock);
  clock.whenAtRest(() => waiters.look());
  let open: OpenRun | undefined;
  let started = 0;
  let ids = { workflowId: '', runId: '' };
  const worker = createSimWorker(
    clock,
    activities as never,
    () => ids,
    (name, value) => open?.log.hear(name, value, clock.now()),
  );
  box.worker = worker;
  const people = createSimPeople(world, worldGates(), schedule.people, {
    decide: (decision, via) => {
      if (open === undefined) return false;
      if (via === 'signal') open.inbox.receive('decide', decision);
      else {
        // The synchronous validator of the Update turns away what cannot count (failover.ts).
        const card = open.run()?.open?.opened;
        if (card?.gate !== decision.gate) return false;
        open.inbox.decide(decision, 'update');
      }
      return true;
    },
  });

  const execute = async (input: RunInput): Promise<void> => {
    const acting = input.mode === 'incident' || input.mode === 'planned';
    let next: RunInput | HandOver = input;
    for (;;) {
      started += 1;
      ids = { workflowId: workflowIdOf(input, world.cluster), runId: `run-${schedule.seed}-${started}` };
      const inbox = new Inbox(() => clock.now());
      const log = openLog(ids.runId, clock.now());
      let run: Run | undefined;
      const beside: (() => void)[] = [];
      open = { log, inbox, run: () => run };
      const alerts: readonly Alert[] = 'epoch' in next ? next.unreadAlerts : next.trigger.alert === undefined ? [] : [next.trigger.alert];
      for (const alert of alerts) inbox.receive('alert', alert);
      const onShow = (facts: Parameters<OpenLog['show']>[0]): void => {
        log.show(facts);
        if (facts.open !== undefined) people.read(facts.open.opened);
      };
      const context = simContext(clock, worker, waiters, ids, {
        onShow,
        onChild: (name) => trace.push(`child ${name}`),
        onBackground: (cancel) => beside.push(cancel),
      });
      const end: RunEnd | undefined = await runbook(context, inbox, next, (created) => {
        run = created;
      }).catch((error: unknown) => {
        log.failure =
          error instanceof Error ? `${error.name}: ${error.message} ${error.stack?.split('\n')[1]?.trim() ?? ''}` : String(error);
        return undefined;
      });
      log.endedAtMs = clock.now();
      clock.at(clock.now() + HEARTBEAT_MS, () => {
        for (const cancel of beside) cancel();
      });
      if (end?.kind === 'result') texts.push({ atMs: clock.now(), where: 'result', text: end.result.summary });
      trace.push(...traceOf(log));
      closed.push(log.close(ids.workflowId, world.cluster, acting, inbox, clock.now()));
      texts.push(...log.cards.map((card): Text => ({ atMs: card.openedAtMs, where: 'card', text: card.card })));
      open = undefined;
      if (end?.kind !== 'continue') return;
      next = end.handOver;
    }
  };

  const post = (n: number): void => {
    const alert: Alert = {
      source: 'alertmanager',
      fingerprint: `f${n}`,
      status: 'firing',
      startsAtMs: WORLD_START_MS + n,
      title: 'kill switch store down',
      forMs: schedule.forMs,
    };
    posted.push({ atMs: clock.now(), identity: `${alert.source} ${alert.fingerprint} ${alert.status} ${alert.startsAtMs}` });
    if (open !== undefined) return open.inbox.receive('alert', alert);
    void execute({
      schema: 1,
      store: world.store,
      mode: 'incident',
      trigger: { kind: 'alert', incident: `inc-${n}`, atMs: clock.now(), alert },
    });
  };
  const start = (): void => {
    if (schedule.startedBy === 'alert' && schedule.mode === 'incident') return post(0);
    if (open !== undefined) return; // one acting run a cluster: the second start is turned away by the workflow id
    void execute({
      schema: 1,
      store: world.store,
      mode: schedule.mode,
      trigger: { kind: 'person', incident: 'inc-0', atMs: clock.now(), by: 'ana', reason: 'simulated' },
    });
  };
  const signal = ({ name }: ScheduledSignal, n: number): void => {
    // A rehearsal never absorbs an alert; this night has one run at a time, so none is posted beside one.
    if (name === 'alert') return schedule.mode === 'rehearsal' ? undefined : post(n);
    if (name === 'nonsense') return open?.inbox.receive('decide', { gate: 7, option: ['x'] });
    open?.inbox.receive(name, { by: 'olga', reason: 'simulated', text: 'simulated' });
  };

  // A part of a run that breaks while nobody awaits it (a keeper, a watcher) is a broken run too.
  const unawaited = (error: unknown): void => {
    if (open !== undefined) open.log.failure = `beside the run: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  };
  process.on('unhandledRejection', unawaited);
  scheduleFaults(world, schedule.faults);
  if (schedule.watchedEveryMs !== undefined && schedule.snapshotAgeMs !== undefined) watchStore(world, schedule.watchedEveryMs);
  clock.at(WORLD_START_MS + schedule.alertAfterMs, start);
  schedule.signals.forEach((one, n) => clock.at(WORLD_START_MS + one.afterMs, () => signal(one, n + 1)));
  const lastMs = Math.max(schedule.alertAfterMs, ...schedule.signals.map(({ afterMs }) => afterMs));
  const over = (): boolean => started > 0 && open === undefined && clock.now() >= WORLD_START_MS + lastMs;
  await clock.run(over, WORLD_START_MS + NIGHT_MS);
  await clock.run(() => false, clock.now() + AFTERMATH_MS);
  process.off('unhandledRejection', unawaited);
  if (open !== undefined) {
    const left = open as OpenRun;
    trace.push(...traceOf(left.log));
    closed.push(left.log.close(ids.workflowId, world.cluster, true, left.inbox, clock.now()));
    texts.push(...left.log.cards.map((card): Text => ({ atMs: card.openedAtMs, where: 'card', text: card.card })));
  }
  texts.push(...world.notices.map(({ atMs, notice }): Text => ({ atMs, where: 'notice', text: `${notice.title}.\n${notice.text}` })));
  const gates = Object.values(worldGates());
  const record: ChaosRecord = {
    journal: world.journal,
    calls: world.asked,
    sentOnce: ['cluster.promote', 'tradingPause.resume', ...(schedule.pauseClass === 'read-back' ? ['tradingPause.pause'] : [])],
    end: truthOf(world),
    runs: closed,
    sent: people.sent,
    texts,
    posted,
    rules: gates.map((policy) => ({
      gate: policy.gate,
      people: policy.people,
      roles: policy.roles,
      safeOptions: policy.options.filter((o) => o.safe).map((o) => o.name),
    })),
    decisionTtlMs: WORLD_PLAN_TIMES.decisionTtlMs,
    pauseAskedAtMs: schedule.signals.filter(({ name }) => name === 'pause-trading').map(({ afterMs }) => WORLD_START_MS + afterMs),
    canaries: [],
    gates: GATES,
  };
  return { schedule, record, world, trace, crashes: worker.crashes(), jumps: clock.jumps() };
}

/** A run’s steps and gates, one line each. */
function traceOf(log: OpenLog): readonly string[] {
  const seconds = (atMs: number | undefined): string => (atMs === undefined ? '…' : `${((atMs - WORLD_START_MS) / 1000).toFixed(1)} s`);
  const { facts } = log;
  return [
    `run ${log.runId} from ${seconds(log.startedAtMs)} to ${seconds(log.endedAtMs)}: ${log.failure ?? facts?.result?.summary ?? 'open'}`,
    ...(facts?.steps.map((s) => `  ${seconds(s.startedAtMs)}–${seconds(s.endedAtMs)} ${s.step} ${s.result ?? '…'}: ${s.detail}`) ?? []),
    ...(facts?.gates.map(
      (g) =>
        `  gate ${g.gate} ${seconds(g.openedAtMs)}–${seconds(g.closedAtMs)} ${g.option ?? 'open'} by ${g.answeredBy ?? '?'} ${g.people.join(',')} (${g.openings} openings)`,
    ) ?? []),
    ...(facts?.errors.map((e) => `  error ${e.code}: ${e.message}`) ?? []),
    ...(facts?.ignored.map((line) => `  ignored ${line}`) ?? []),
  ];
}
