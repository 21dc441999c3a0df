import type { Alert } from '../domain/contract.js';

/** The store an alert belongs to, with its database cluster: the key of the one acting run (design S8). */
export interface AlertTarget {
  readonly store: string;
  readonly cluster: string;
}

/** Where an alert is now. `nothing-open`: a resolved alert, and no run that it could end. `counted`: the run holds its limit of alerts already. */
export interface DurableAlert {
  readonly state: 'started-or-joined' | 'known' | 'counted' | 'nothing-open';
  readonly workflowId: string;
}

/** Makes alerts durable in Temporal. Resolves only when they are (design S10). Errors: HF_ALERT_NOT_DURABLE. */
export interface AlertStarter {
  makeDurable(target: AlertTarget, alert: Alert): Promise<DurableAlert>;
}
