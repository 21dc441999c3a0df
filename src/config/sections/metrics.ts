import { z } from 'zod';
import { METRIC_QUESTIONS } from '../../domain/metric-questions.js';
import { DEFAULT_GROUP_WAIT_MS, DEFAULT_METRIC_SELECTORS, DEFAULT_REVIEW_TIMES } from '../defaults.js';
import { durationOr, secretReference, shortName, webAddress } from '../values.js';
import { tlsSection } from './cluster.js';

const second = 1000;

const labels = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not a label name'), z.string());

const promql = z
  .string()
  .trim()
  .min(1, 'is empty — write a PromQL query; $application, $database, $postgres and $rate are filled in')
  .describe('PromQL; $application, $database and $postgres become label equalities, $rate the interval of rates.');

const limit = z.number().describe('Bound after the run: worse above it, or not above it where more is better.');

const override = z.strictObject({
  query: promql.optional(),
  limit: limit.optional(),
  off: z.string().min(1).optional().describe('Do not ask this, and why; the review lists it as not looked at.'),
});

const extra = z.strictObject({
  name: shortName.describe('Name of the question in review and report.'),
  query: promql,
  means: z.string().min(1).describe('What the number means, as half a sentence.'),
  unit: z.enum(['share', 'seconds', 'per-second', 'count']).default('count'),
  better: z.enum(['lower', 'higher']).default('lower'),
  look: z.enum(['worst', 'median']).default('median').describe('Whether one bad sample decides, or the usual value.'),
  limit: limit.optional(),
  factor: z.number().min(1).default(2).describe('Largest change against before that is no finding.'),
  advice: z.string().min(1).describe('What to do when it is worse, one sentence.'),
});

const prometheus = z.strictObject({
  url: webAddress.describe('Base address of Prometheus, or of what speaks its HTTP API; a path in it is kept.'),
  bearer: secretReference.optional().describe('Bearer token of the proxy in front of it.'),
  basic: z
    .strictObject({ user: z.string().min(1), password: secretReference })
    .optional()
    .describe('Basic authentication of the proxy.'),
  tls: tlsSection.optional().describe('Certificate authority of its address, own certificate. Default: the system’s list.'),
  tenant: z.string().min(1).optional().describe('X-Scope-OrgID of Mimir or Cortex.'),
  timeout: durationOr(5 * second, 'Longest time one query may take.'),
  selectors: z
    .strictObject({
      application: labels.default({ ...DEFAULT_METRIC_SELECTORS.application }).describe('Labels of the application’s targets.'),
      database: labels.default({ ...DEFAULT_METRIC_SELECTORS.database }).describe('Labels of its queries of the kill switch.'),
      postgres: labels.default({ ...DEFAULT_METRIC_SELECTORS.postgres }).describe('Labels of the PostgreSQL exporters.'),
    })
    .prefault({}),
  before: durationOr(DEFAULT_REVIEW_TIMES.beforeMs, 'How long before the loss is looked at.'),
  after: durationOr(DEFAULT_REVIEW_TIMES.afterMs, 'How long after the last verified instance is looked at; the review waits for it.'),
  rate: durationOr(DEFAULT_REVIEW_TIMES.rateMs, 'Interval of rates; at least twice the scrape interval, better four times.'),
  step: durationOr(DEFAULT_REVIEW_TIMES.stepMs, 'Distance of samples: the scrape interval.'),
  groupWait: durationOr(
    DEFAULT_GROUP_WAIT_MS,
    'group_wait of the Alertmanager route that reaches Holdfast; it cannot be read from Prometheus.',
  ),
  queries: z
    .partialRecord(z.enum(METRIC_QUESTIONS), override)
    .default({})
    .describe('What differs from the questions of the application’s profile.'),
  extra: z.array(extra).default([]).describe('Further questions, for example the retry counters of another build.'),
});

/** Where the numbers of step 6 come from. */
export const metricsSection = z.strictObject({
  prometheus: prometheus.refine(
    (server) => server.bearer === undefined || server.basic === undefined,
    'has two credentials — give one of `bearer` and `basic`',
  ),
});
