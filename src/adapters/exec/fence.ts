import type { FenceClass } from '../../domain/contract.js';
import { HoldfastError } from '../../domain/errors.js';
import type { PlannedNode } from '../../domain/plan.js';
import type { FencePort, FenceState } from '../../ports/fence.js';
import type { ReadScope } from '../../ports/scope.js';
import { requireEffect } from '../shared/command-effect.js';
import { showable } from '../shared/redact.js';
import { runCommand } from '../shared/run-command.js';

/** The commands that fence one node. */
export interface ExecNodeFence {
  /** Class of the fence that the command puts (design S4): what `read` reads back must be of this class. */
  readonly class: FenceClass;
  readonly fence: readonly string[];
  /** Exit 0 in force, 1 not in force, anything else unknown. Class H: 0 means stopped *and* disabled. */
  readonly read: readonly string[];
}

/** Options of {@link createExecFence}. */
export interface ExecFenceOptions {
  /** By name of the node; a node that is not listed cannot be fenced. */
  readonly nodes: Readonly<Record<string, ExecNodeFence>>;
  readonly timeoutMs: number;
}

/**
 * Fences by commands. The fence's own exit code proves nothing: only what `read` says afterwards does. Errors say HF_FENCE_FAILED when the
 * command refused or none is configured, HF_EFFECT_UNKNOWN when it did not end.
 */
export function createExecFence(options: ExecFenceOptions): FencePort {
  const { nodes, timeoutMs } = options;
  const fenceOf = (node: PlannedNode): ExecNodeFence | undefined => (Object.hasOwn(nodes, node.name) ? nodes[node.name] : undefined);

  const read = async (node: PlannedNode, scope: ReadScope): Promise<FenceState> => {
    const fence = fenceOf(node);
    // The port asks for a class even where nothing can be read; `unknown` is never taken for a fence.
    if (fence === undefined) return { state: 'unknown', class: node.fence ?? 'H', detail: `no fence is configured for node ${node.name}` };
    const outcome = await runCommand(fence.read, { timeoutMs, signal: scope.signal });
    if (outcome.state !== 'exited') return { state: 'unknown', class: fence.class, detail: `read: ${outcome.detail}` };
    const words = showable(`${outcome.stdout}\n${outcome.stderr}`) || `read exited ${outcome.exitCode}`;
    if (outcome.exitCode === 0) return { state: 'in-force', class: fence.class, detail: words };
    if (outcome.exitCode === 1) return { state: 'not-in-force', class: fence.class, detail: words };
    return { state: 'unknown', class: fence.class, detail: `read exited ${outcome.exitCode}: ${words}` };
  };

  return {
    kind: 'exec',
    classOf: (node) => fenceOf(node)?.class,
    read,
    async fence(node, scope) {
      const fence = fenceOf(node);
      if (fence === undefined) {
        throw new HoldfastError('HF_FENCE_FAILED', `No fence is configured for node ${node.name}.`, {
          target: `node ${node.name}`,
          rule: 'S4',
        });
      }
      const before = await read(node, scope);
      if (before.state === 'in-force') return { ...before, detail: `found done: ${before.detail}` };
      const outcome = await runCommand(fence.fence, { timeoutMs, signal: scope.signal });
      requireEffect(outcome, { verb: 'fence', target: `node ${node.name}` }, 'HF_FENCE_FAILED');
      return read(node, scope);
    },
  };
}
