/** What the demo tells while it runs. The text view draws it; `--output json` prints one event a line. */
import type { StepName, StepResult } from '../../domain/run-facts.js';
import type { GateCard } from './gate-card.js';
import type { DemoKind } from './scene.js';
import type { TimelineRow } from './timeline.js';
import type { World } from './world.js';

/** How gates are answered: by the people of the lab themselves, by keys, or in Temporal’s UI too. */
export type Answers = 'yes' | 'keys' | 'ui';

/** Where the kept files lie. */
export interface Kept {
  readonly folder: string;
  /** Name of each file and what is in it. */
  readonly files: readonly (readonly [name: string, what: string])[];
}

/** Why the demo failed, for a person: one cause, one command, where the logs are. */
export interface Failure {
  readonly cause: string;
  readonly command: string;
  /** Folder of the copied logs; absent when nothing had been started. */
  readonly logs?: string;
}

export type DemoEvent =
  | {
      readonly event: 'about';
      readonly kind: DemoKind;
      /** What has to be fetched or built before, one sentence each. */
      readonly first: readonly string[];
      readonly engaged: boolean;
      readonly answers: Answers;
      readonly folder: string;
      readonly keptIn: string;
      readonly keep: boolean;
    }
  | { readonly event: 'setting-up' }
  | { readonly event: 'set-up'; readonly what: string; readonly detail: string; readonly sinceMs: number }
  | { readonly event: 'links'; readonly run: string; readonly ui: string }
  | { readonly event: 'primary-killed'; readonly node: string; readonly pid: number }
  | { readonly event: 'promoted'; readonly node: string; readonly sinceMs: number }
  | { readonly event: 'alert-posted'; readonly status: number; readonly tookMs: number; readonly to: string }
  | { readonly event: 'step-began'; readonly step: StepName }
  | {
      readonly event: 'step';
      readonly step: StepName;
      readonly result: StepResult;
      readonly tookMs: number;
      readonly detail: string;
      readonly plain: string;
    }
  | { readonly event: 'gate'; readonly card: GateCard; readonly answers: Answers; readonly whole: string }
  | { readonly event: 'whole-card'; readonly text: string }
  | { readonly event: 'asked'; readonly person: string; readonly option: string; readonly answers: Answers }
  | { readonly event: 'answer'; readonly person: string; readonly option: string; readonly how: 'signed' }
  | { readonly event: 'not-counted'; readonly why: string }
  | {
      readonly event: 'gate-closed';
      readonly gate: string;
      readonly option: string;
      readonly people: readonly string[];
      readonly waitedMs: number;
    }
  | { readonly event: 'worker-killed'; readonly pid: number; readonly during: string }
  | { readonly event: 'worker-back'; readonly pid: number; readonly tookMs: number }
  | { readonly event: 'ending' }
  | {
      readonly event: 'ended';
      readonly timeline: readonly TimelineRow[];
      readonly recovery: readonly string[];
      readonly world: World;
      readonly open: readonly string[];
      /** `shown` is the folder as short as it can be typed. */
      readonly kept: Kept & { readonly shown: string };
      readonly next: readonly (readonly [why: string, command: string])[];
    }
  | { readonly event: 'interrupted' }
  | ({ readonly event: 'failed' } & Failure);

/** Where events go. */
export interface View {
  show(event: DemoEvent): void;
  /** Redraws what is under way; called often. */
  tick(): void;
  /** Leaves the terminal as it was. */
  close(): void;
}
