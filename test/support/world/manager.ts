/**
 * An HA manager over the nodes of a world, with the habits of Patroni that a run must live with: it promotes by itself when the leader's
 * lock has run out, brings an old leader back as a replica, keeps everything read-only while its consensus store is away, elects nobody
 * while it is paused, and a request made while a silent leader's lock is valid only waits.
 */
import { lsnOf, ownLsnAt } from './log.js';
import { nodeOf } from './lookup.js';
import { promoteNode } from './nodes.js';
import { settle } from './instances.js';
import { record } from './truth.js';
import type { World, WorldManager, WorldNode } from './types.js';

const LOOP_MS = 1_000;
/** It stops taking writes so long after it lost the consensus store. */
const DEMOTE_AFTER_MS = 4_000;

/** The agent of a node works: its host is up, its service enabled, nobody killed it alone. */
export function agentWorks(manager: WorldManager, node: WorldNode): boolean {
  return node.process === 'up' && node.enabled && !manager.deadAgents.has(node.name);
}

function demote(world: World, node: WorldNode): void {
  settle(world);
  node.receivedLsn = ownLsnAt(node, world.clock.now());
  node.replayedLsn = node.receivedLsn;
  node.inRecovery = true;
  node.upstream = undefined;
  record(world, { what: 'fault', by: 'world', target: node.name, key: 'demoted by its manager', changed: true });
}

/** Rewound, if need be, and streaming from the leader. */
function follow(world: World, node: WorldNode, leader: WorldNode): void {
  settle(world);
  node.inRecovery = true;
  node.timeline = leader.timeline;
  node.switches = [...leader.switches];
  node.log = [...leader.log];
  node.upstream = leader.name;
  node.receivedLsn = lsnOf(world, leader);
  node.replayedLsn = node.receivedLsn;
  node.lastLinkAtMs = world.clock.now();
}

function elect(world: World, manager: WorldManager): void {
  const able = [...world.nodes.values()].filter((node) => agentWorks(manager, node) && node.inRecovery);
  const wished = able.find((node) => node.name === manager.request?.node);
  const best = wished ?? able.toSorted((a, b) => b.receivedLsn - a.receivedLsn)[0];
  // Paused it elects nobody, but does what a person asks for.
  if (best === undefined || (manager.paused && wished === undefined)) return;
  const { request } = manager;
  manager.request = undefined;
  manager.leader = best.name;
  manager.lockUntilMs = world.clock.now() + manager.ttlMs;
  if (request !== undefined && wished !== undefined) promoteNode(world, best.name, request.by, request.key, request.askedAtMs);
  else promoteNode(world, best.name, 'world', 'manager', world.clock.now());
}

function loseStore(world: World, manager: WorldManager): void {
  const leader = manager.leader === undefined ? undefined : nodeOf(world, manager.leader);
  const sinceMs = manager.storeLostAtMs ?? world.clock.now();
  if (manager.paused || leader === undefined || world.clock.now() - sinceMs < DEMOTE_AFTER_MS) return;
  if (agentWorks(manager, leader) && !leader.inRecovery) demote(world, leader);
}

function loop(world: World, manager: WorldManager): void {
  settle(world);
  const nowMs = world.clock.now();
  if (manager.storeLostAtMs !== undefined) return loseStore(world, manager);
  const holder = manager.leader === undefined ? undefined : nodeOf(world, manager.leader);
  if (holder !== undefined && agentWorks(manager, holder)) {
    manager.lockUntilMs = nowMs + manager.ttlMs;
    // It holds the lock and is no primary: demoted while the store was away, or its promotion was cut short.
    if (holder.inRecovery && !holder.promoting) promoteNode(world, holder.name, 'world', 'manager', nowMs);
  }
  if (nowMs >= manager.lockUntilMs) manager.leader = undefined;
  if (manager.leader === undefined) elect(world, manager);
  const leader = manager.leader === undefined ? undefined : nodeOf(world, manager.leader);
  if (manager.paused || leader === undefined || leader.inRecovery || leader.process !== 'up') return;
  for (const node of world.nodes.values()) {
    if (node === leader || !agentWorks(manager, node)) continue;
    if (!node.inRecovery || node.upstream !== leader.name || node.timeline !== leader.timeline) follow(world, node, leader);
  }
}

/** Puts a manager over the nodes of a world; the first node leads. */
export function startManager(world: World, ttlMs: number): WorldManager {
  const leader = [...world.nodes.values()].find((node) => !node.inRecovery)?.name;
  const manager: WorldManager = {
    ttlMs,
    leader,
    lockUntilMs: world.clock.now() + ttlMs,
    paused: false,
    storeLostAtMs: undefined,
    request: undefined,
    deadAgents: new Set(),
    troubleSinceMs: undefined,
  };
  const tick = (): void => {
    loop(world, manager);
    world.clock.at(world.clock.now() + LOOP_MS, tick);
  };
  world.clock.at(world.clock.now() + LOOP_MS, tick);
  return manager;
}

/**
 * A request to promote: a switchover when a leader is there, else a failover. It is registered, and carried out by the next loop that can.
 * `refused` with the reason when it is turned away at once.
 */
export function requestPromotion(
  world: World,
  name: string,
  by: 'holdfast' | 'person',
  key: string,
  askedAtMs: number,
): 'registered' | 'already' | { readonly refused: string } {
  const { manager } = world;
  if (manager === undefined) throw new Error('this world has no HA manager');
  settle(world);
  if (manager.storeLostAtMs !== undefined) return { refused: 'its consensus store is out of reach' };
  const node = nodeOf(world, name);
  if (manager.leader === name && !node.inRecovery) return 'already';
  if (!agentWorks(manager, node)) return { refused: 'no good candidates have been found' };
  manager.request = { node: name, by, key, askedAtMs };
  const leader = manager.leader === undefined ? undefined : nodeOf(world, manager.leader);
  if (leader !== undefined && agentWorks(manager, leader) && !leader.inRecovery) {
    demote(world, leader);
    manager.leader = undefined;
    manager.lockUntilMs = world.clock.now();
  }
  return 'registered';
}
