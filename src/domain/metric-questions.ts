/** What the metrics review asks about, as data (runbook, step 6). Queries are PromQL with `$application`, `$database`, `$postgres`, `$rate`. */

/** The questions that are always asked, by their stable names. */
export const METRIC_QUESTIONS = [
  'instances-up',
  'store-operational',
  'read-failures',
  'read-latency',
  'commit-latency',
  'switch-state',
  'metric-age',
  'postgres-up',
  'replication-lag',
  'pool-exhaustion',
] as const;
export type MetricQuestionName = (typeof METRIC_QUESTIONS)[number];

export type MetricUnit = 'share' | 'seconds' | 'per-second' | 'count' | 'switch';

/** One question, and how its answer is judged. */
export interface MetricQuestion {
  readonly name: string;
  readonly query: string;
  /** What the number means, as half a sentence. */
  readonly means: string;
  readonly unit: MetricUnit;
  /** `as-the-row`: every value equals the switch as the run read it (1 engaged, 0 not). */
  readonly better: 'lower' | 'higher' | 'as-the-row';
  /** `worst`: one bad sample decides. `median`: the usual value does, because single samples are noise. */
  readonly look: 'worst' | 'median';
  /** Absolute bound after the run, whatever was before: worse above it (lower is better), or not above it (higher is better). */
  readonly limit?: number;
  /** Largest change against before that is no finding: 2 allows twice as much (lower is better) or half as much (higher is better). */
  readonly factor?: number;
  /** Lower is better: below this no change is a finding, since twice of nothing is nothing. */
  readonly floor?: number;
  /** What to do when it is worse, one sentence. */
  readonly advice: string;
  /** Not asked, and why. It is listed as such: what is not looked at is no evidence of health. */
  readonly off?: string;
}

const queries = 'geosync_database_query_total{$application,$database';
const latency = 'geosync_database_query_latency_seconds_bucket{$application,$database';

/** The questions of the GeoSync profile and of the usual PostgreSQL exporter (application contract, "Metrics"). */
export const DEFAULT_METRIC_QUESTIONS: Readonly<Record<MetricQuestionName, Omit<MetricQuestion, 'name'>>> = {
  'instances-up': {
    query: 'sum(up{$application})',
    means: 'instances that answer their scrape',
    unit: 'count',
    better: 'higher',
    look: 'worst',
    factor: 1,
    advice: 'Find the instance that is not scraped any more; an instance that nobody sees may hold an old session.',
  },
  'store-operational': {
    // Failures to connect are not counted by the application, so only reads that succeed are a sign of life.
    query: `sum(rate(${queries},statement_type="SELECT",status="success"}[$rate]))`,
    means: 'reads of the store that succeed',
    unit: 'per-second',
    better: 'higher',
    look: 'median',
    limit: 0,
    factor: 2,
    advice:
      'The application reads its store less than before: check that every instance was restarted and reads the switch at its usual pace.',
  },
  'read-failures': {
    // `or vector(0)`: without any error series the share is 0, not empty. Without any traffic it is NaN, which is no number and so missing.
    query: `(sum(rate(${queries},status="error"}[$rate])) or vector(0)) / sum(rate(${queries}}[$rate]))`,
    means: 'share of queries that fail (connections that fail are not counted)',
    unit: 'share',
    better: 'lower',
    look: 'worst',
    limit: 0.01,
    advice:
      'Read the application’s log for the failing statements; when they are timeouts, compare STATEMENT_TIMEOUT_MS with the latency here.',
  },
  'read-latency': {
    // Failed queries are in the histogram too, some with duration 0: only those that succeeded say how long a query takes.
    query: `histogram_quantile(0.95, sum by (le) (rate(${latency},statement_type="SELECT",status="success"}[$rate])))`,
    means: '95 % of reads take at most',
    unit: 'seconds',
    better: 'lower',
    look: 'median',
    limit: 0.5,
    factor: 2,
    floor: 0.05,
    advice:
      'The promoted node answers more slowly: compare its hardware, caches and distance; raise STATEMENT_TIMEOUT_MS only when this stays.',
  },
  'commit-latency': {
    query: `histogram_quantile(0.95, sum by (le) (rate(${latency},statement_type=~"INSERT|UPDATE|DELETE",status="success"}[$rate])))`,
    means: '95 % of writes take at most',
    unit: 'seconds',
    better: 'lower',
    look: 'median',
    limit: 0.5,
    factor: 2,
    floor: 0.05,
    advice:
      'Commits take longer: look at the promoted node’s disk and at synchronous_standby_names, a standby that is far away slows each commit.',
  },
  'switch-state': {
    query: 'geosync_risk_kill_switch{$application}',
    means: 'the switch as each instance last read it (1 engaged)',
    unit: 'switch',
    better: 'as-the-row',
    look: 'worst',
    advice:
      'An instance reads the switch otherwise than the row on the primary: pause trading and compare the admin API of each instance now.',
  },
  'metric-age': {
    query: 'max(time() - timestamp(geosync_database_query_total{$application,$database}))',
    means: 'age of the oldest number in this review',
    unit: 'seconds',
    better: 'lower',
    look: 'median',
    limit: 60,
    advice: 'Numbers arrive late or not at all: mend the scrape before trusting the other answers.',
  },
  'postgres-up': {
    query: 'min(pg_up{$postgres})',
    means: 'every exporter reaches its PostgreSQL (1 yes)',
    unit: 'count',
    better: 'higher',
    look: 'median',
    limit: 0,
    advice: 'A database node is not watched: rejoin the old primary or mend its exporter, else the next failure is seen late.',
  },
  'replication-lag': {
    query: 'max(pg_replication_lag_seconds{$postgres} or pg_replication_lag{$postgres})',
    means: 'the slowest standby is behind by',
    unit: 'seconds',
    better: 'lower',
    look: 'median',
    limit: 60,
    factor: 10,
    floor: 5,
    advice: 'No standby is close enough to take over again: rejoin the old primary and wait until it has caught up before standing down.',
  },
  'pool-exhaustion': {
    query: 'max(sum by (instance) (pg_stat_activity_count{$postgres}) / on (instance) pg_settings_max_connections{$postgres})',
    means: 'share of connection slots in use',
    unit: 'share',
    better: 'lower',
    look: 'worst',
    limit: 0.8,
    factor: 3,
    floor: 0.5,
    advice: 'Slots run out: look for sessions that the old instances left behind, then at MAX_POOL_SIZE against max_connections.',
  },
};

/** Label equalities by which the series of one thing are found, for example `{ job: "geosync-api" }`. */
export type LabelSelector = Readonly<Record<string, string>>;

/** What stands in a query's places. */
export interface QueryPlaces {
  readonly application: LabelSelector;
  readonly database: LabelSelector;
  readonly postgres: LabelSelector;
  /** Interval of every `rate`; at least two samples must lie in it. */
  readonly rateMs: number;
}

/** Fills a query's places. A label's value is quoted, so that it ends nothing. An unknown `$word` stays: PromQL will refuse it by name. */
export function fillQuery(query: string, places: QueryPlaces): string {
  const words: Readonly<Record<string, string>> = {
    application: selectorText(places.application),
    database: selectorText(places.database),
    postgres: selectorText(places.postgres),
    rate: `${Math.max(1, Math.round(places.rateMs / 1000))}s`,
  };
  // An empty place takes its comma with it: `{,a="b"}` is no PromQL.
  return query.replaceAll(/\$(application|database|postgres|rate)\b(\s*,)?/g, (_place, word: string, comma: string | undefined) => {
    const text = words[word] ?? '';
    return text === '' ? '' : `${text}${comma ?? ''}`;
  });
}

function selectorText(selector: LabelSelector): string {
  return Object.entries(selector)
    .map(([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`)
    .join(',');
}
