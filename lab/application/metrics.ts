const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

interface Series {
  readonly labels: string;
  count: number;
  sum: number;
  readonly buckets: number[];
}

/** What the application measures: queries that ran (a connection that failed is not counted) and the switch as last read. */
export class Metrics {
  readonly #queries = new Map<string, Series>();
  readonly #triggers = new Map<string, number>();
  #engaged = false;

  query(host: string, statementType: string, status: 'success' | 'error', seconds: number): void {
    const labels = `database="kill_switch",host="${host}",statement_type="${statementType}",status="${status}"`;
    const series = this.#queries.get(labels) ?? { labels, count: 0, sum: 0, buckets: BUCKETS.map(() => 0) };
    this.#queries.set(labels, series);
    series.count += 1;
    series.sum += seconds;
    BUCKETS.forEach((bound, index) => {
      if (seconds <= bound) series.buckets[index] = (series.buckets[index] ?? 0) + 1;
    });
  }

  engaged(engaged: boolean): void {
    this.#engaged = engaged;
  }

  triggered(reason: string): void {
    this.#triggers.set(reason, (this.#triggers.get(reason) ?? 0) + 1);
  }

  /** Prometheus text format. */
  render(): string {
    const total = 'geosync_database_query_total';
    const latency = 'geosync_database_query_latency_seconds';
    const series = [...this.#queries.values()];
    const lines = [
      `# TYPE ${total} counter`,
      ...series.map((one) => `${total}{${one.labels}} ${one.count}`),
      `# TYPE ${latency} histogram`,
      ...series.flatMap((one) => [
        ...BUCKETS.map((bound, index) => `${latency}_bucket{${one.labels},le="${bound}"} ${one.buckets[index] ?? 0}`),
        `${latency}_bucket{${one.labels},le="+Inf"} ${one.count}`,
        `${latency}_sum{${one.labels}} ${one.sum}`,
        `${latency}_count{${one.labels}} ${one.count}`,
      ]),
      '# TYPE geosync_risk_kill_switch gauge',
      `geosync_risk_kill_switch{env="lab"} ${this.#engaged ? 1 : 0}`,
      '# TYPE geosync_kill_switch_triggers_total counter',
      ...[...this.#triggers].map(([reason, count]) => `geosync_kill_switch_triggers_total{reason=${JSON.stringify(reason)}} ${count}`),
    ];
    return `${lines.join('\n')}\n`;
  }
}
