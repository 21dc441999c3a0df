/** The application's instances, keeping the clauses of the contract that matter for a failover, the ugly ones included. */
import { instanceOf, nodeAt, nodeOf } from './lookup.js';
import { rowOn, settleLogs } from './log.js';
import type { RowState, World, WorldInstance } from './types.js';

/** What an instance answers to GET /health, before it is translated into the product's vocabulary. */
export type Answer =
  | { readonly kind: 'refused' }
  | { readonly kind: 'hangs' }
  | { readonly kind: 'error-body' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'engaged'; readonly reason: string };

/** Why the application rejects a row and quarantines itself; undefined when it accepts it. No row at all is accepted. */
function rejects(world: World, row: RowState): string | undefined {
  if (row.state !== 'present') return undefined;
  const ageMs = world.clock.now() - row.updatedAtMs;
  if (ageMs > world.times.staleAfterMs) return 'row is stale';
  if (ageMs < -world.times.futureToleranceMs) return 'row is from the future';
  if (row.reason.length > 512) return 'reason is too long';
  if (row.engaged && row.reason === '') return 'engaged without a reason';
  return undefined;
}

/** Lets every running instance do what it would have done since somebody looked last: a row that became invalid quarantines its readers. */
export function settle(world: World): void {
  settleLogs(world);
  for (const instance of world.instances.values()) {
    const node = instance.target === undefined ? undefined : world.nodes.get(instance.target);
    if (node?.process === 'up') instance.quarantined ??= rejects(world, rowOn(node));
    if (node?.process !== 'frozen' && instance.stopAtMs <= world.clock.now()) finishStop(instance);
  }
}

function finishStop(instance: WorldInstance): void {
  instance.pending?.();
  instance.pending = undefined;
  instance.process = 'stopped';
  instance.stopAtMs = Number.POSITIVE_INFINITY;
  instance.target = undefined;
  instance.quarantined = undefined;
}

/** SIGTERM. Not honoured while the database hangs (until it answers again), nor by an instance that ignores it. */
export function stopInstance(world: World, name: string): void {
  const instance = instanceOf(world, name);
  settle(world);
  if (instance.process === 'stopped' || instance.ignoresStop) return;
  if (instance.process === 'booting') return finishStop(instance);
  instance.stopAtMs = Math.min(instance.stopAtMs, world.clock.now() + world.times.stopMs);
}

/** SIGKILL. */
export function killInstance(world: World, name: string): void {
  const instance = instanceOf(world, name);
  settle(world);
  finishStop(instance);
}

function exit(instance: WorldInstance, words: string): void {
  finishStop(instance);
  instance.lastWords = words;
}

/** Reads the environment file and tries the database, as the application does when it boots. */
function boot(world: World, instance: WorldInstance): void {
  settle(world);
  instance.pending = undefined;
  if (instance.failsBoot) return exit(instance, 'exit 1: cannot boot on this host');
  if (world.env.wrongForm) {
    instance.process = 'running';
    instance.target = 'fallback';
    return;
  }
  const node = nodeAt(world, world.env.host, world.env.port);
  if (node === undefined || node.process === 'down' || node.process === 'starting') return exit(instance, 'exit 1: connection refused');
  if (node.process === 'frozen') {
    instance.pending = world.clock.at(world.clock.now() + 5_000, () => exit(instance, 'exit 1: connect timed out'));
    return;
  }
  if (node.certificateWrong || node.applicationLoginFails) return exit(instance, 'exit 1: certificate verify failed');
  const problem = rejects(world, rowOn(node));
  if (problem !== undefined) return exit(instance, `exit 1: ${problem}`);
  instance.process = 'running';
  instance.target = node.name;
  instance.lastWords = 'started';
}

/** Starts a stopped instance: it has booted, or is gone again, after its boot time. */
export function startInstance(world: World, name: string): boolean {
  const instance = instanceOf(world, name);
  settle(world);
  if (instance.process !== 'stopped') return false;
  instance.process = 'booting';
  instance.incarnation += 1;
  instance.adminCallsAtMs = [];
  instance.pending = world.clock.at(world.clock.now() + world.times.bootMs, () => boot(world, instance));
  return true;
}

/** What GET /health brings right now. Health never proves a promotion: an unpromoted standby reads just as well. */
export function healthOf(world: World, name: string): Answer {
  const instance = instanceOf(world, name);
  settle(world);
  if (instance.process !== 'running') return { kind: 'refused' };
  if (instance.target === 'fallback') return { kind: 'ready' };
  const node = nodeOf(world, instance.target ?? '');
  if (node.process === 'frozen') return { kind: 'hangs' };
  if (instance.quarantined !== undefined || node.process !== 'up') return { kind: 'error-body' };
  const row = rowOn(node);
  return row.state === 'present' && row.engaged ? { kind: 'engaged', reason: row.reason } : { kind: 'ready' };
}

/** The name its platform gives the process that runs now. */
export function podName(instance: WorldInstance): string {
  return `${instance.name}.${instance.incarnation}`;
}

/** The instance behind a name that a platform gave, whatever process it named. */
export function instanceBehind(world: World, name: string): WorldInstance | undefined {
  return world.instances.get(world.pods ? (name.split('.')[0] ?? '') : name);
}

const ROLL_TICK_MS = 200;

/** Restarts one instance after another, each when the one before it is ready, as a platform does by itself. The same key is the same restart. */
export function rollInstances(world: World, key: string): boolean {
  if (world.roll?.key === key) return false;
  const since = Object.fromEntries([...world.instances.values()].map((instance) => [instance.name, instance.incarnation]));
  const roll = { key, since };
  world.roll = roll;
  const tick = (): void => {
    if (world.roll !== roll) return;
    const old = [...world.instances.values()].find((instance) => instance.incarnation === since[instance.name]);
    const fresh = [...world.instances.values()].filter((instance) => instance.incarnation !== since[instance.name]);
    if (old === undefined) return;
    if (fresh.every((instance) => healthOf(world, instance.name).kind === 'ready')) {
      if (old.process === 'stopped') startInstance(world, old.name);
      else stopInstance(world, old.name);
    }
    world.clock.at(world.clock.now() + ROLL_TICK_MS, tick);
  };
  tick();
  return true;
}

/** How the last rolling restart stands. */
export function rollStands(world: World): 'complete' | 'progressing' | 'stalled' {
  const { roll } = world;
  if (roll === undefined) return 'complete';
  const fresh = [...world.instances.values()].filter((instance) => instance.incarnation !== roll.since[instance.name]);
  const answers = fresh.map((instance) => ({ instance, answer: healthOf(world, instance.name) }));
  if (fresh.length === world.instances.size && answers.every(({ answer }) => answer.kind === 'ready')) return 'complete';
  const stuck = answers.some(({ instance, answer }) => instance.process !== 'booting' && answer.kind !== 'ready');
  return stuck ? 'stalled' : 'progressing';
}
