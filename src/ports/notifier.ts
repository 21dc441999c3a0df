import type { Role } from '../domain/plan.js';
import type { CallScope } from './scope.js';

/** How loud. `page` wakes people. */
export type Urgency = 'info' | 'warn' | 'page';

/** One message to people. Text is Markdown; exercises begin with EXERCISE. Holds no secret. */
export interface Notice {
  readonly to: readonly Role[];
  readonly urgency: Urgency;
  readonly title: string;
  readonly text: string;
  readonly store: string;
  readonly incident: string;
  readonly workflowId: string;
  /** Stable over retries: `webhook-id` and the like. */
  readonly id: string;
}

/** Delivers notices. Visible at least once. Errors: HF_NOTIFY_FAILED. */
export interface NotifierPort {
  readonly kind: string;
  send(notice: Notice, scope: CallScope): Promise<void>;
}
