/** The times that follow from an HA manager’s rules. Pure; durations in milliseconds. */
import type { ManagerRules } from './facts.js';

/** What is assumed while nobody told the rules: Patroni’s own defaults. */
export const DEFAULT_RULES: ManagerRules = {
  ttlMs: 30_000,
  loopWaitMs: 10_000,
  retryTimeoutMs: 10_000,
  synchronousMode: 'off',
  failsafe: false,
};

/** Beyond the computed times: a slow disk, a busy consensus store, our own interval of looking. */
const MARGIN_MS = 10_000;

/** A manual request is polled for so long before its outcome is called unknown; it stays registered beyond that. */
const REQUEST_MS = 20_000;

/**
 * How long after the loss of a leader the manager may still promote by itself: its lock must run out, one loop must notice, and a margin.
 */
export function takeoverMs(rules: ManagerRules): number {
  return rules.ttlMs + rules.loopWaitMs + MARGIN_MS;
}

/** How long one round of election may take once nobody holds the lock. Who was not elected by then will not be by waiting. */
export function electionMs(rules: ManagerRules): number {
  return rules.loopWaitMs + rules.retryTimeoutMs + MARGIN_MS;
}

/** Shortest settle time of a promotion: the manager may finish it after it said that its outcome is unknown. */
export function leastSettleMs(rules: ManagerRules): number {
  return rules.ttlMs + rules.loopWaitMs + REQUEST_MS;
}

/** Whether the lock outlives one loop with two tries: the manager’s own law, without which a slow store demotes a healthy primary. */
export function timingLawHolds(rules: ManagerRules): boolean {
  return rules.ttlMs >= rules.loopWaitMs + 2 * rules.retryTimeoutMs;
}
