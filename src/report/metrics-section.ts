/** The metrics review as a section of the report. Pure. */
import { formatDuration, formatInstant } from '../domain/duration.js';
import { codeName, markdownText } from '../domain/markdown.js';
import { recommendationsOf, type MetricsReview, type ReportedReview } from '../domain/metrics-review.js';
import type { MetricRange } from '../domain/metric-series.js';

const text = (value: string): string => markdownText(value, 600);

/** The section, from its heading to an empty line. */
export function metricsSection(metrics: ReportedReview): readonly string[] {
  switch (metrics.state) {
    case 'none':
      return ['## Metrics', '', `Not reviewed: ${text(metrics.why)}`, ''];
    case 'later':
      return ['## Metrics', '', `Reviewed after ${formatInstant(metrics.atMs)}; a second report with the review is written then.`, ''];
    case 'done':
      return ['## Metrics', '', ...reviewLines(metrics.review, metrics.where), ''];
  }
}

function reviewLines(review: MetricsReview, where: string): readonly string[] {
  const { windows, lines, thresholds, warnings, problem } = review;
  const recommendations = recommendationsOf(review);
  return [
    `**${VERDICTS[review.verdict]}**${where === '' ? '' : ` The whole review lies in ${text(where)}.`}`,
    '',
    `- before ${span(windows.before)}, during ${span(windows.during)}, after ${span(windows.after)}`,
    ...(problem === undefined ? [] : [`- ${text(problem)}`]),
    ...warnings.map((warning) => `- the server warns, answers may be partial: ${text(warning)}`),
    '',
    ...(lines.length === 0
      ? []
      : [
          '| question | result | what it says |',
          '| --- | --- | --- |',
          ...lines.map((line) => `| ${codeName(line.name)} | ${line.result} | ${text(line.means)}: ${text(line.sentence)} |`),
          '',
        ]),
    ...thresholds.map((finding) => `- ${text(finding.sentence)}`),
    '',
    'Recommendations:',
    '',
    ...(recommendations.length === 0 ? ['- none'] : recommendations.map((advice) => `- ${text(advice)}`)),
  ];
}

const VERDICTS: Readonly<Record<MetricsReview['verdict'], string>> = {
  ok: 'Nothing is worse than before, and everything was seen.',
  worse: 'Something is WORSE than before the run.',
  incomplete: 'Nothing seen is worse than before, but not everything could be seen; what is missing is no evidence of health.',
};

function span(range: MetricRange): string {
  return `${formatInstant(range.fromMs)} (${formatDuration(range.toMs - range.fromMs)})`;
}
