/** What the server itself watches: its alert rules and its scrape targets. */
import type { AlertRule, ScrapeTarget } from '../../domain/metric-series.js';
import { isObject, stringIn } from '../shared/json.js';
import type { JsonObject } from '../shared/json.js';
import { showable } from '../shared/redact.js';
import { readLabels } from './series.js';

/** Data of `/api/v1/rules`; undefined for another shape. Recording rules are left out. */
export function readRules(data: unknown): readonly AlertRule[] | undefined {
  const groups = isObject(data) ? data['groups'] : undefined;
  if (!Array.isArray(groups)) return undefined;
  return groups.filter(isObject).flatMap((group) => {
    const rules = group['rules'];
    return Array.isArray(rules) ? rules.filter(isObject).flatMap((rule) => readRule(rule, secondsIn(group, 'interval'))) : [];
  });
}

function readRule(rule: JsonObject, everyMs: number): readonly AlertRule[] {
  const name = stringIn(rule, 'name');
  if (name === undefined || rule['type'] !== 'alerting') return [];
  const problem = stringIn(rule, 'lastError');
  return [
    {
      name,
      forMs: secondsIn(rule, 'duration'),
      everyMs,
      labels: readLabels(rule['labels']) ?? {},
      well: rule['health'] !== 'err',
      ...(problem === undefined || problem === '' ? {} : { problem: showable(problem, 200) }),
    },
  ];
}

/** Data of `/api/v1/targets`; undefined for another shape. */
export function readTargets(data: unknown): readonly ScrapeTarget[] | undefined {
  const targets = isObject(data) ? data['activeTargets'] : undefined;
  if (!Array.isArray(targets)) return undefined;
  return targets.filter(isObject).map((target) => {
    const last = Date.parse(stringIn(target, 'lastScrape') ?? '');
    const problem = stringIn(target, 'lastError');
    return {
      labels: readLabels(target['labels']) ?? {},
      up: target['health'] === 'up',
      everyMs: durationMs(stringIn(target, 'scrapeInterval') ?? ''),
      // A target that was never scraped has the year 1.
      ...(last > 0 ? { lastAtMs: last } : {}),
      ...(problem === undefined || problem === '' ? {} : { problem: showable(problem, 200) }),
    };
  });
}

function secondsIn(object: JsonObject, key: string): number {
  const value = object[key];
  return typeof value === 'number' && Number.isFinite(value) ? Math.round(value * 1000) : 0;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A duration as Prometheus writes it (`1m30s`), milliseconds; 0 when it says none. */
function durationMs(text: string): number {
  return [...text.matchAll(/(\d+)(ms|s|m|h|d|w)/g)].reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0), 0);
}
