import type { ReadScope } from './scope.js';

/** One thing that readiness found at the platform. `fail`: would hold up or break an incident; `warn`: will cost time, or is only declared. */
export interface PlatformFinding {
  readonly area: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do about it; empty when ok. */
  readonly next: string;
}

/** The platform itself, asked before an incident: rights, and what would undo or hold up what Holdfast does. Reads only. */
export interface PlatformPort {
  readonly kind: string;
  /** Everything that was looked at. Never throws for a platform that does not answer: that is a finding. */
  readiness(scope: ReadScope): Promise<readonly PlatformFinding[]>;
}
