import { HoldfastError } from '../domain/errors.js';
import type { AlertTarget } from './alert-starter.js';
import type { GatewayDeps } from './deps.js';
import { mapAlert } from './mapping.js';
import type { MappedAlert, ReceivedAlert } from './mapping.js';
import type { Delivery } from './sources/alertmanager.js';

/** What a delivery is answered with. `durable` only when every mapped alert is. */
export type Taken =
  | { readonly kind: 'durable'; readonly accepted: number; readonly unmapped: number }
  | { readonly kind: 'unmapped'; readonly unmapped: number }
  | { readonly kind: 'failed'; readonly why: string };

/**
 * Makes every alert of a delivery durable. One that no mapping knows does not hold up the others: a 4xx for the whole message would make
 * Alertmanager drop them all. It is logged and counted instead; a delivery of nothing else is refused.
 */
export async function takeDelivery(deps: GatewayDeps, delivery: Delivery): Promise<Taken> {
  const source = delivery.alerts[0]?.source ?? 'unknown';
  if (delivery.truncated > 0) {
    deps.metrics.alert(source, 'truncated', delivery.truncated);
    deps.log.error({ source, truncated: delivery.truncated }, 'the sender left alerts out of its message (max_alerts): raise its limit');
  }
  const mapped: MappedAlert[] = [];
  const unmapped: ReceivedAlert[] = [];
  for (const alert of delivery.alerts) {
    const found = mapAlert(deps.config, alert);
    if (found === undefined) unmapped.push(alert);
    else mapped.push(found);
  }
  for (const alert of unmapped) {
    deps.metrics.alert(alert.source, 'unmapped');
    deps.log.error(
      { source, fingerprint: alert.fingerprint, labels: Object.keys(alert.labels) },
      'an alert names no configured store and starts nothing: add a mapping under `alerts`',
    );
  }
  if (mapped.length === 0) return { kind: 'unmapped', unmapped: unmapped.length };
  const results = await Promise.allSettled(mapped.map(({ target, alert }) => deps.starter.makeDurable(target, alert)));
  let failed: { readonly target: AlertTarget; readonly why: string } | undefined;
  results.forEach((result, index) => {
    const target = mapped[index]?.target ?? { store: 'unknown', cluster: 'unknown' };
    deps.metrics.alert(source, result.status === 'fulfilled' ? result.value.state : 'not-durable');
    if (result.status === 'rejected') failed ??= { target, why: wordsOf(result.reason) };
  });
  if (failed === undefined) return { kind: 'durable', accepted: mapped.length, unmapped: unmapped.length };
  deps.log.error(
    { source, ...failed.target, why: failed.why },
    'an alert could not be made durable; the sender is asked to deliver it again',
  );
  return { kind: 'failed', why: failed.why };
}

function wordsOf(reason: unknown): string {
  if (reason instanceof HoldfastError) return reason.evidence['why'] ?? reason.message;
  return reason instanceof Error ? reason.name : 'unknown';
}
