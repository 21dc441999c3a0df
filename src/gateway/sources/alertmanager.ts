import { z } from 'zod';
import type { ReceivedAlert } from '../mapping.js';

/** Longest title that enters a run; the rest is cut. */
export const TITLE_LIMIT = 200;

/** Alertmanager’s webhook body, version 4. Unknown keys are allowed: 0.34 added some (prometheus/alertmanager, notify/webhook). */
const body = z.object({
  version: z.literal('4'),
  truncatedAlerts: z.int().min(0).default(0),
  alerts: z
    .array(
      z.object({
        status: z.enum(['firing', 'resolved']),
        labels: z.record(z.string(), z.string()),
        annotations: z.record(z.string(), z.string()).default({}),
        startsAt: z.iso.datetime({ offset: true }),
        // The hash of the labels; the same across firings, which is why the start is part of an identity.
        fingerprint: z.string().min(1).max(128),
      }),
    )
    .min(1)
    .max(1000),
});

/** What one delivery held. */
export interface Delivery {
  readonly alerts: readonly ReceivedAlert[];
  /** Alerts that the sender left out of the message. */
  readonly truncated: number;
}

/** Parses a delivery. Undefined when the body has another shape; `problem` says where. */
export function parseAlertmanager(value: unknown): { readonly delivery: Delivery } | { readonly problem: string } {
  const parsed = body.safeParse(value);
  if (!parsed.success) return { problem: firstProblem(parsed.error) };
  return {
    delivery: {
      truncated: parsed.data.truncatedAlerts,
      alerts: parsed.data.alerts.map((alert) => ({
        source: 'alertmanager',
        fingerprint: alert.fingerprint,
        status: alert.status,
        startsAtMs: Date.parse(alert.startsAt),
        labels: alert.labels,
        title: (alert.annotations.summary ?? alert.labels.alertname ?? 'alert').slice(0, TITLE_LIMIT),
      })),
    },
  };
}

/** Path and kind of the first issue; never a value of the body. */
export function firstProblem(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'unknown' : `${issue.path.length === 0 ? 'body' : issue.path.map(String).join('.')}: ${issue.code}`;
}
