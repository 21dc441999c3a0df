import { HoldfastError } from '../../../src/domain/errors.js';
import type { Failure } from '../../../src/domain/failure.js';
import type { PlannedNode } from '../../../src/domain/plan.js';
import { settle } from '../world/instances.js';
import { nodeAt } from '../world/lookup.js';
import type { World, WorldNode } from '../world/types.js';
import type { Reach } from './perform.js';

/** How a connection from the worker to this address fails right now; undefined when it succeeds. */
export function connectFailure(world: World, planned: PlannedNode): Failure | undefined {
  settle(world);
  const node = nodeAt(world, planned.host, planned.port);
  if (node === undefined) return { kind: 'unreachable', code: 'ENOTFOUND', text: `${planned.name}: name not found` };
  if (node.cutOff || node.process === 'frozen')
    return { kind: 'timeout', code: 'ETIMEDOUT', text: `${planned.name} did not answer in 2 s` };
  if (node.process === 'down')
    return { kind: 'refused', code: 'ECONNREFUSED', text: `${planned.name}:${planned.port} refused the connection` };
  if (node.process === 'starting') return { kind: 'starting', code: '57P03', text: `${planned.name} is starting up` };
  if (node.certificateWrong)
    return { kind: 'tls', code: 'ERR_TLS_CERT_ALTNAME_INVALID', text: `certificate of ${planned.name} is for another name` };
  return undefined;
}

/** The same for `perform`. */
export function reachNode(world: World, planned: PlannedNode): Reach {
  const failure = connectFailure(world, planned);
  if (failure === undefined) return 'ok';
  return failure.kind === 'timeout' ? 'hang' : 'refuse';
}

/** The error of a node that was not reached. */
export function nodeError(world: World, planned: PlannedNode): HoldfastError {
  const failure = connectFailure(world, planned) ?? { kind: 'timeout', text: `${planned.name} did not answer in 2 s` };
  const code = failure.kind === 'tls' ? 'HF_NODE_TLS' : failure.kind === 'auth' ? 'HF_NODE_AUTH' : 'HF_NODE_UNREACHABLE';
  return new HoldfastError(code, failure.text, {
    rule: 'the node must answer under its own address',
    node: planned.name,
    failure: failure.kind,
  });
}

/** The error of an act whose answer was lost. */
export function effectUnknown(what: string, target: string): HoldfastError {
  return new HoldfastError('HF_EFFECT_UNKNOWN', `${what} on ${target}: no answer in 2 s.`, {
    rule: 'an act without an answer is read back',
    node: target,
    limitMs: '2000',
  });
}

/** The node of the world behind a planned one; reached before by `reachNode`. */
export function worldNode(world: World, planned: PlannedNode): WorldNode {
  const node = nodeAt(world, planned.host, planned.port);
  if (node === undefined) throw new Error(`nothing listens at ${planned.host}:${planned.port} in this world`);
  return node;
}
