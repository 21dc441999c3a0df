import { formatDuration } from '../../domain/duration.js';
import type { ManagerMember, ManagerRules } from '../../domain/facts.js';
import { leastSettleMs, timingLawHolds } from '../../domain/manager-rules.js';
import type { Plan } from '../../domain/plan.js';
import { fail, ok, warn } from './item.js';
import type { CheckItem } from './item.js';

/** Mode of the manager’s watchdog as it is declared. */
export type WatchdogMode = 'off' | 'automatic' | 'required' | 'unknown';

const TWO_PRIMARIES =
  'when the agent dies or hangs, its PostgreSQL goes on and another node is promoted: two writable primaries until a fence';

/** Whether a dead agent leaves a second writable primary. */
export function watchdogItems(members: readonly ManagerMember[], mode: WatchdogMode): readonly CheckItem[] {
  const broken = members.filter((member) => member.watchdogFailed === true).map((member) => member.node);
  const declared = {
    off: warn('watchdog', `declared off: ${TWO_PRIMARIES}`, 'Use a watchdog (mode required), and a fence in any case.'),
    unknown: warn('watchdog', `not declared, and the API does not tell: ${TWO_PRIMARIES}`, 'Say its mode in cluster.patroni.watchdog.'),
    automatic: warn('watchdog', `declared automatic: without a device it is silently off, and then ${TWO_PRIMARIES}`, 'Use mode required.'),
    required: ok('watchdog', 'declared required (only declared: the API does not tell)'),
  } as const;
  return [
    declared[mode],
    ...(broken.length === 0
      ? []
      : [fail('watchdog', `unhealthy on ${broken.join(', ')}`, 'Mend the device; such a node cannot lead safely.')]),
  ];
}

/** The manager’s times against its own law, against the plan’s limits and against how long it is waited for. */
export function timingItems(plan: Plan, rules: ManagerRules, requestTimeoutMs: number | undefined): readonly CheckItem[] {
  const { ttlMs, loopWaitMs, retryTimeoutMs } = rules;
  const words = `ttl ${formatDuration(ttlMs)}, loop_wait ${formatDuration(loopWaitMs)}, retry_timeout ${formatDuration(retryTimeoutMs)}`;
  const takeoverMs = ttlMs + loopWaitMs;
  const leastMs = leastSettleMs(rules);
  // api.py: a request is polled 2 × max(10, loop_wait) times, a second each, and every poll reads the consensus store.
  const polledMs = 2 * Math.max(10_000, loopWaitMs) + 5_000;
  const limits = [
    ['the staleness window', plan.times.stalenessWindowMs],
    ['the RTO', plan.objectives.rtoMs],
  ] as const;
  return [
    timingLawHolds(rules)
      ? ok('manager timing', words)
      : fail(
          'manager timing',
          `${words}: ttl is below loop_wait + 2 × retry_timeout`,
          'Raise ttl: a slow consensus store demotes a healthy primary.',
        ),
    ...limits
      .filter(([, limitMs]) => takeoverMs >= limitMs)
      .map(([name, limitMs]) =>
        warn(
          'manager timing',
          `a lost host costs up to ttl + loop_wait = ${formatDuration(takeoverMs)}, and ${name} is ${formatDuration(limitMs)}; no request shortens it`,
          'Lower ttl, or raise the limit.',
        ),
      ),
    ...(plan.adapters.cluster.settleMs >= leastMs
      ? []
      : [
          fail(
            'manager timing',
            `cluster.patroni.settle is ${formatDuration(plan.adapters.cluster.settleMs)}; a promotion may still happen for ${formatDuration(leastMs)}`,
            `Set it to at least ttl + loop_wait + 20s = ${formatDuration(leastMs)}.`,
          ),
        ]),
    ...(requestTimeoutMs === undefined || requestTimeoutMs >= polledMs
      ? []
      : [
          warn(
            'manager timing',
            `cluster.patroni.requestTimeout is ${formatDuration(requestTimeoutMs)}; the manager may take ${formatDuration(polledMs)} to answer`,
            `Set it to at least ${formatDuration(polledMs)}, or answers are lost.`,
          ),
        ]),
  ];
}

/** What an automatic failover may lose, and what an outage of the consensus store costs. */
export function lossItems(rules: ManagerRules): readonly CheckItem[] {
  const modes = {
    off: warn(
      'manager synchronous',
      'synchronous_mode is off: an automatic failover may lose the last changes of the switch',
      'Turn it on for none.',
    ),
    on: warn(
      'manager synchronous',
      'synchronous_mode without strict: it falls back to asynchronous when no standby is there',
      'Possible loss will be shown as unproven; use synchronous_mode_strict for none.',
    ),
    quorum: ok('manager synchronous', 'synchronous_mode quorum'),
    strict: ok('manager synchronous', 'synchronous_mode strict: without a standby the primary takes no commit'),
  } as const;
  const lag = rules.maximumLagBytes;
  return [
    modes[rules.synchronousMode],
    rules.failsafe
      ? ok('manager failsafe', 'failsafe_mode is on: the primary outlives an outage of the consensus store while every member answers')
      : warn(
          'manager failsafe',
          'failsafe_mode is off: an outage of the consensus store makes the whole store read-only within retry_timeout',
          'Consider failsafe_mode; Holdfast waits in such an outage and never promotes.',
        ),
    ok(
      'manager lag',
      `maximum_lag_on_failover ${lag === undefined ? 'not told' : `${lag} bytes`}: who lacks more is not elected by itself`,
    ),
  ];
}
