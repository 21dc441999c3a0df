/** `check --store`: whether the metrics review will see something, and how long an alert takes. */
import type { Config } from '../../config/schema.js';
import { storeOf } from '../../config/resolve-plan.js';
import { formatDuration } from '../../domain/duration.js';
import type { AlertRule, ScrapeTarget } from '../../domain/metric-series.js';
import type { MetricsPort } from '../../ports/metrics.js';
import type { ReadScope } from '../../ports/scope.js';
import { fail, ok, warn } from './item.js';
import type { CheckItem } from './item.js';

/** Asks the monitoring system of a store. */
export async function checkMetrics(
  config: Config,
  storeName: string,
  metrics: MetricsPort,
  scope: ReadScope,
): Promise<readonly CheckItem[]> {
  if (!metrics.able)
    return [warn('metrics', 'none: the review after a run will see nothing', 'Configure `metrics.prometheus`, or review by hand.')];
  const ready = await metrics.ready(scope);
  if (ready.failure !== undefined) {
    const next = 'Check `metrics.prometheus`: address, TLS, credential, and whether the server is up.';
    return [fail('metrics', `${metrics.kind}: ${ready.failure.kind}: ${ready.failure.text}`, next)];
  }
  const nowMs = scope.now();
  const [questions, targets, rules] = await Promise.all([
    checkQuestions(metrics, nowMs, scope),
    metrics.targets(scope),
    metrics.rules(scope),
  ]);
  const scrape = targets.failure === undefined ? scrapeItems(targets.value, metrics) : [unread('scrape', targets.failure.text)];
  const scrapeMs = Math.max(metrics.times.stepMs, ...(targets.value ?? []).map((target) => target.everyMs));
  const alerts =
    rules.failure === undefined ? alertItems(config, storeName, rules.value, scrapeMs) : [unread('alert rule', rules.failure.text)];
  return [ok('metrics', `${metrics.kind} is ready`), ...scrape, ...alerts, ...questions];
}

function unread(area: string, why: string): CheckItem {
  return warn(
    area,
    `cannot be read: ${why}`,
    'Allow /api/v1/targets and /api/v1/rules to this credential; a federation may not have them.',
  );
}

/** Each question by itself: one that returns nothing now will return nothing at night. */
async function checkQuestions(metrics: MetricsPort, nowMs: number, scope: ReadScope): Promise<readonly CheckItem[]> {
  const items: CheckItem[] = [];
  for (const { question, query } of metrics.questions) {
    const area = `metric ${question.name}`;
    if (question.off !== undefined) {
      items.push(ok(area, `not asked: ${question.off}`));
      continue;
    }
    const answer = await metrics.instant({ name: question.name, query }, nowMs, scope);
    const next = `Correct the selectors, give another query in \`metrics.prometheus.queries.${question.name}\`, or say there why it is \`off\`.`;
    if (answer.failure !== undefined) {
      items.push(fail(area, `${answer.failure.kind}: ${answer.failure.text}`, next));
    } else if (answer.value.length === 0) {
      items.push(warn(area, `returns no series: ${query}`, next));
    } else {
      const numbers = answer.value.filter(({ samples }) => samples.some((sample) => Number.isFinite(sample.value)));
      const partial = answer.warnings.length === 0 ? '' : `; the server warns: ${answer.warnings.join('; ')}`;
      items.push(
        numbers.length > 0
          ? ok(area, `${answer.value.length} series${partial}`)
          : ok(area, `${answer.value.length} series without a number now (no traffic)${partial}`),
      );
    }
  }
  return items;
}

function scrapeItems(targets: readonly ScrapeTarget[], { times }: MetricsPort): readonly CheckItem[] {
  if (targets.length === 0)
    return [warn('scrape', 'no target has the labels of the application', 'Correct `metrics.prometheus.selectors.application`.')];
  const everyMs = Math.max(...targets.map((target) => target.everyMs));
  const down = targets.filter((target) => !target.up);
  const name = ({ labels }: ScrapeTarget): string => labels['instance'] ?? 'unnamed';
  return [
    ...down.map((target) => fail(`scrape ${name(target)}`, `down: ${target.problem ?? 'without a word'}`, 'Mend its scrape.')),
    times.rateMs < 2 * everyMs
      ? fail(
          'scrape',
          `every ${formatDuration(everyMs)}, but rates are over ${formatDuration(times.rateMs)}: they will be empty`,
          'Set `metrics.prometheus.rate` to four times the scrape interval.',
        )
      : ok('scrape', `${targets.length - down.length} of ${targets.length} targets up, every ${formatDuration(everyMs)}`),
  ];
}

/** From the failure to the notification: a scrape, an evaluation, `for`, and Alertmanager’s group_wait, each at its longest. */
function alertItems(config: Config, storeName: string, rules: readonly AlertRule[], scrapeMs: number): readonly CheckItem[] {
  const store = storeOf(config, storeName);
  const waitMs = store.metrics?.prometheus.groupWait ?? 0;
  const mappings = config.alerts.filter((mapping) => mapping.store === storeName);
  return mappings.flatMap((mapping) => {
    const name = mapping.labels['alertname'];
    // A mapping without a name catches alerts of any rule; which ones, only their labels tell.
    if (name === undefined) return [];
    const area = `alert ${name}`;
    const found = rules.filter((rule) => rule.name === name);
    if (found.length === 0)
      return [
        fail(area, 'no such alert rule is evaluated', 'Load the rule into Prometheus, or correct `alerts`: this alert never starts a run.'),
      ];
    return found.flatMap((rule) => [
      ...(rule.well
        ? []
        : [fail(area, `its last evaluation failed: ${rule.problem ?? 'without a word'}`, 'Correct the rule’s expression.')]),
      budgetItem(area, rule, scrapeMs, waitMs, store.times.stalenessWindow),
      ...(rule.forMs === mapping.for
        ? []
        : [
            warn(
              area,
              `the rule says for ${formatDuration(rule.forMs)}, \`alerts\` says ${formatDuration(mapping.for)}`,
              'Write the rule’s own `for` there: the staleness clock is anchored by it.',
            ),
          ]),
    ]);
  });
}

function budgetItem(area: string, rule: AlertRule, scrapeMs: number, waitMs: number, windowMs: number): CheckItem {
  const sumMs = scrapeMs + rule.everyMs + rule.forMs + waitMs;
  const words =
    `at most ${formatDuration(sumMs)} from the failure to the alert: scrape ${formatDuration(scrapeMs)} + evaluation ` +
    `${formatDuration(rule.everyMs)} + for ${formatDuration(rule.forMs)} + group_wait ${formatDuration(waitMs)} (configured, not read)`;
  return sumMs < windowMs
    ? ok(area, words)
    : warn(
        area,
        `${words}; trading is to be paused within ${formatDuration(windowMs)}`,
        'Shorten `for`, the evaluation interval or group_wait: people hear of it after the staleness window is over.',
      );
}
