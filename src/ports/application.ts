import type { AdminReading, HealthReport } from '../domain/facts.js';
import type { Failure } from '../domain/failure.js';
import type { ReadScope } from './scope.js';

/** What one question to an instance brought: an answer or the way it failed. */
export type Asked<T> = { readonly answer: T; readonly failure?: undefined } | { readonly answer?: undefined; readonly failure: Failure };

/** An instance to be asked: by its configured address, else under the one its platform gave it. */
export interface InstanceRef {
  readonly name: string;
  readonly address?: string;
}

/** The application's own voice: health and the admin API's GET. Reads only (design S14). */
export interface ApplicationPort {
  /** Health of one instance, translated into one vocabulary. Never throws for an instance that does not answer. */
  health(instance: InstanceRef, scope: ReadScope): Promise<Asked<HealthReport>>;
  /** Admin GET. At most four calls a minute per instance: the adapter refuses a fifth by a failure of kind `too-many`, without sending. */
  admin(instance: InstanceRef, scope: ReadScope): Promise<Asked<AdminReading>>;
}
