import type { Config } from '../config/schema.js';
import type { GatewayMetrics } from '../observability/gateway-metrics.js';
import type { AlertStarter } from './alert-starter.js';
import type { ResolveSecret } from './credentials.js';

/** Where the gateway writes what people should see. Structured; never a body of a request. */
export interface GatewayLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** What the gateway needs. */
export interface GatewayDeps {
  readonly config: Config;
  readonly starter: AlertStarter;
  readonly metrics: GatewayMetrics;
  readonly resolveSecret: ResolveSecret;
  readonly log: GatewayLog;
  readonly now: () => number;
}
