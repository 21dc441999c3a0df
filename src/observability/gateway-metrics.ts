/** Metrics of the gateway, in a registry of their own (the worker’s come from Temporal’s SDK). */
import { Counter, Histogram, Registry } from 'prom-client';

/** What became of one alert. */
export type AlertOutcome = 'started-or-joined' | 'known' | 'counted' | 'nothing-open' | 'unmapped' | 'not-durable' | 'truncated';

/** The gateway’s metrics. */
export interface GatewayMetrics {
  /** One alert of one delivery. */
  alert(source: string, outcome: AlertOutcome, count?: number): void;
  /** One answered delivery. */
  post(source: string, status: number, tookMs: number): void;
  /** The exposition text and its content type. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Creates the metrics. */
export function createGatewayMetrics(): GatewayMetrics {
  const registry = new Registry();
  const alerts = new Counter({
    name: 'holdfast_gateway_alerts_total',
    help: 'Alerts by what became of them.',
    labelNames: ['source', 'outcome'],
    registers: [registry],
  });
  const posts = new Counter({
    name: 'holdfast_gateway_posts_total',
    help: 'Answered deliveries by status.',
    labelNames: ['source', 'status'],
    registers: [registry],
  });
  const took = new Histogram({
    name: 'holdfast_gateway_post_seconds',
    help: 'Time from a delivery to its answer.',
    labelNames: ['source'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  return {
    alert: (source, outcome, count = 1) => alerts.inc({ source, outcome }, count),
    post: (source, status, tookMs) => {
      posts.inc({ source, status: String(status) });
      took.observe({ source }, tookMs / 1000);
    },
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
