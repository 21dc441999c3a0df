/** What can happen to a world from outside, as data, so that a seed is a schedule and a schedule can be read. */
import { freezeNode, isWritable, killNode, nodeNow, promoteNode, startNode, thawNode, writeRow } from './nodes.js';
import { instanceOf, nodeAt, nodeOf } from './lookup.js';
import { requestPromotion } from './manager.js';
import { killInstance, settle, startInstance } from './instances.js';
import { rowOn } from './log.js';
import { record } from './truth.js';
import type { World } from './types.js';

/** One happening. */
export type Fault =
  | { readonly kind: 'kill' | 'freeze' | 'thaw' | 'start' | 'promote-by-hand'; readonly node: string }
  /** Of an HA manager: the agent alone dies or is back, the consensus store goes or is back, a person pauses it. */
  | { readonly kind: 'agent'; readonly node: string; readonly dead: boolean }
  | { readonly kind: 'consensus-store'; readonly lost: boolean }
  | { readonly kind: 'manager-paused'; readonly paused: boolean }
  | { readonly kind: 'cut-off'; readonly node: string; readonly off: boolean }
  | { readonly kind: 'clock'; readonly node: string; readonly offsetMs: number }
  | { readonly kind: 'certificate' | 'login' | 'read-only'; readonly node: string; readonly wrong: boolean }
  | { readonly kind: 'replay-paused'; readonly node: string; readonly paused: boolean }
  | { readonly kind: 'lag'; readonly node: string; readonly lagMs: number }
  /** A person uses the application's admin API on an instance; impossible while that instance cannot write. */
  | { readonly kind: 'person-engages' | 'person-resets'; readonly instance: string }
  /** Whatever keeps the row fresh writes it again, unchanged. */
  | { readonly kind: 'keep-fresh' }
  | { readonly kind: 'row-deleted' | 'table-dropped'; readonly node: string }
  | { readonly kind: 'instance'; readonly instance: string; readonly ignoresStop?: boolean; readonly failsBoot?: boolean }
  | { readonly kind: 'instance-dies' | 'instance-started-by-hand'; readonly instance: string }
  | { readonly kind: 'config-changed'; readonly node: string }
  | { readonly kind: 'config-form'; readonly wrong: boolean }
  | { readonly kind: 'trading-reach'; readonly reach: 'ok' | 'hang' | 'refuse' }
  | { readonly kind: 'fence-reach'; readonly reach: 'ok' | 'hang' | 'refuse' }
  | { readonly kind: 'platform-reach'; readonly reach: 'ok' | 'hang' }
  | { readonly kind: 'person-pauses' }
  | { readonly kind: 'arming'; readonly armed: boolean };

/** A happening at a time (milliseconds after the start of the world). */
export interface ScheduledFault {
  readonly afterMs: number;
  readonly fault: Fault;
}

function adminWrite(world: World, name: string, engaged: boolean): void {
  const instance = instanceOf(world, name);
  settle(world);
  if (
    instance.process !== 'running' ||
    instance.quarantined !== undefined ||
    instance.target === undefined ||
    instance.target === 'fallback'
  )
    return;
  const node = nodeOf(world, instance.target);
  if (!isWritable(node)) return;
  const before = rowOn(node);
  // Contract: DELETE on a clear row writes nothing; a missing table is created by the application itself.
  if (!engaged && before.state === 'present' && !before.engaged) return;
  const row = { state: 'present', engaged, reason: engaged ? 'engaged by a person' : '', updatedAtMs: nodeNow(world, node) } as const;
  writeRow(world, node.name, row, { by: 'person', what: 'row-write', key: `person/${world.clock.now()}`, askedAtMs: world.clock.now() });
}

function keepFresh(world: World): void {
  const node = nodeAt(world, world.env.host, world.env.port);
  if (node === undefined || !isWritable(node)) return;
  settle(world);
  const row = rowOn(node);
  if (row.state !== 'present') return;
  writeRow(
    world,
    node.name,
    { ...row, updatedAtMs: nodeNow(world, node) },
    { by: 'application', what: 'row-write', key: 'keeper', askedAtMs: world.clock.now() },
  );
}

function lose(world: World, name: string, state: 'row-missing' | 'table-missing'): void {
  writeRow(world, name, { state }, { by: 'person', what: 'row-write', key: `loss/${world.clock.now()}`, askedAtMs: world.clock.now() });
}

function act(world: World, fault: Fault): void {
  switch (fault.kind) {
    case 'kill':
      return killNode(world, fault.node);
    case 'freeze':
      return freezeNode(world, fault.node);
    case 'thaw':
      return thawNode(world, fault.node);
    case 'start':
      return void startNode(world, fault.node);
    case 'agent':
      if (fault.dead) world.manager?.deadAgents.add(fault.node);
      else world.manager?.deadAgents.delete(fault.node);
      return;
    case 'consensus-store':
      if (world.manager !== undefined) world.manager.storeLostAtMs = fault.lost ? world.clock.now() : undefined;
      return;
    case 'manager-paused':
      if (world.manager !== undefined) world.manager.paused = fault.paused;
      return;
    case 'promote-by-hand':
      // A person who knows that there is a manager asks it.
      if (world.manager !== undefined)
        return void requestPromotion(world, fault.node, 'person', `person/${world.clock.now()}`, world.clock.now());
      return void promoteNode(world, fault.node, 'person', `person/${world.clock.now()}`, world.clock.now());
    case 'cut-off':
      nodeOf(world, fault.node).cutOff = fault.off;
      return;
    case 'clock':
      nodeOf(world, fault.node).clockOffsetMs = fault.offsetMs;
      return;
    case 'certificate':
      nodeOf(world, fault.node).certificateWrong = fault.wrong;
      return;
    case 'login':
      nodeOf(world, fault.node).applicationLoginFails = fault.wrong;
      return;
    case 'read-only':
      nodeOf(world, fault.node).readOnly = fault.wrong;
      return;
    case 'replay-paused':
      nodeOf(world, fault.node).replayPaused = fault.paused;
      return;
    case 'lag':
      nodeOf(world, fault.node).lagMs = fault.lagMs;
      return;
    case 'person-engages':
      return adminWrite(world, fault.instance, true);
    case 'person-resets':
      return adminWrite(world, fault.instance, false);
    case 'keep-fresh':
      return keepFresh(world);
    case 'row-deleted':
      return lose(world, fault.node, 'row-missing');
    case 'table-dropped':
      return lose(world, fault.node, 'table-missing');
    case 'instance':
      instanceOf(world, fault.instance).ignoresStop = fault.ignoresStop ?? instanceOf(world, fault.instance).ignoresStop;
      instanceOf(world, fault.instance).failsBoot = fault.failsBoot ?? instanceOf(world, fault.instance).failsBoot;
      return;
    case 'instance-dies':
      return killInstance(world, fault.instance);
    case 'instance-started-by-hand':
      return void startInstance(world, fault.instance);
    case 'config-changed': {
      const node = nodeOf(world, fault.node);
      world.env.host = node.host;
      world.env.port = node.port;
      world.env.version += 1;
      return;
    }
    case 'config-form':
      world.env.wrongForm = fault.wrong;
      return;
    case 'trading-reach':
      world.trading.reach = fault.reach;
      return;
    case 'fence-reach':
      world.fencing.reach = fault.reach;
      return;
    case 'platform-reach':
      world.platform.reach = fault.reach;
      return;
    case 'person-pauses':
      if (world.trading.state === 'paused') return;
      world.trading.state = 'paused';
      world.trading.by = 'person';
      return record(world, { what: 'pause', by: 'person', target: 'trading', key: 'person', changed: true });
    case 'arming':
      world.arming.armed = fault.armed;
      world.arming.atMs = world.clock.now();
      return record(world, { what: 'arming', by: 'person', target: world.store, key: '', changed: true });
  }
}

/** Lets one thing happen now, and notes it in the journal. */
export function applyFault(world: World, fault: Fault): void {
  settle(world);
  act(world, fault);
  const target = 'node' in fault ? fault.node : 'instance' in fault ? fault.instance : world.store;
  record(world, { what: 'fault', by: 'world', target, key: JSON.stringify(fault), changed: true });
}

/** Puts a whole schedule on the world's clock. */
export function scheduleFaults(world: World, faults: readonly ScheduledFault[]): void {
  const startMs = world.clock.now();
  for (const { afterMs, fault } of faults) world.clock.at(startMs + afterMs, () => applyFault(world, fault));
}
