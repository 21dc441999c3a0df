/** What the demo plays on: which lab, how its primary dies, and what is asked at the end. */
import type { RunResult } from '../../domain/run-facts.js';
import type { AnyStage } from './stage-types.js';
import type { World } from './world.js';

/** `pair`: two servers and processes, promoted by Holdfast. `full`: Patroni, which promotes by itself, and Kubernetes. */
export type DemoKind = 'pair' | 'full';

/** What either lab may be told. */
export interface SceneOptions {
  /** Typed names count at every gate. */
  readonly acceptDeclared: boolean;
  /** The switch is on before the primary dies. */
  readonly engaged: boolean;
  /** The lab's folder is kept. */
  readonly keep: boolean;
  readonly onProgress: (line: string) => void;
  /** Called with the lab's folder when it could not be started, before it is removed. */
  readonly onFailedStart: (folder: string) => void;
}

/** A running lab with Holdfast on it, as far as the demo has to know which. */
export interface Scene {
  readonly stage: AnyStage;
  /** Kills the host of the primary. Returns which node that was, and the process of its server. */
  killPrimary(): Promise<{ readonly node: string; readonly pid: number }>;
  /** The node that the lab's own manager has promoted, as soon as there is one; absent where nobody promotes but Holdfast. */
  readonly promoted?: () => Promise<string>;
  /** What is so at the end, asked without Holdfast. */
  world(result: RunResult): Promise<World>;
}

/** The row as it is before the primary dies. */
export function rowBefore(engaged: boolean): { readonly engaged: boolean; readonly reason?: string } {
  return engaged ? { engaged: true, reason: 'volatility guard, set by the desk' } : { engaged: false };
}
