import type { FencePort } from '../../ports/fence.js';
import { createExecFence } from './fence.js';

/** A store without any fence: every old primary needs the gate `unfenced` (design S4). */
export function createNoFence(): FencePort {
  return { ...createExecFence({ nodes: {}, timeoutMs: 1 }), kind: 'none' };
}
