import type { MetricsPort } from '../../ports/metrics.js';

/** A store without a monitoring system: there is nothing to ask, and every answer says so. */
export function createNoMetrics(): MetricsPort {
  const none = () => Promise.resolve({ failure: { kind: 'missing', text: 'no monitoring system is configured' } } as const);
  return {
    kind: 'none',
    able: false,
    questions: [],
    times: { beforeMs: 0, afterMs: 0, rateMs: 0, stepMs: 0 },
    ready: none,
    range: none,
    instant: none,
    rules: none,
    targets: none,
  };
}
