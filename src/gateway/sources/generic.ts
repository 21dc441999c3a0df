import { createHash } from 'node:crypto';
import { z } from 'zod';
import { firstProblem, TITLE_LIMIT } from './alertmanager.js';
import type { Delivery } from './alertmanager.js';

/** One alert of a sender that has no format of its own, signed as Standard Webhooks. */
const body = z.object({
  status: z.enum(['firing', 'resolved']).default('firing'),
  labels: z.record(z.string(), z.string()),
  title: z.string().min(1).default('alert'),
  startsAt: z.iso.datetime({ offset: true }),
  fingerprint: z.string().min(1).max(128).optional(),
});

/** Parses a body. Without a fingerprint the hash of the labels stands in, as Alertmanager does. */
export function parseGeneric(value: unknown): { readonly delivery: Delivery } | { readonly problem: string } {
  const parsed = body.safeParse(value);
  if (!parsed.success) return { problem: firstProblem(parsed.error) };
  const { status, labels, title, startsAt, fingerprint } = parsed.data;
  return {
    delivery: {
      truncated: 0,
      alerts: [
        {
          source: 'generic',
          fingerprint: fingerprint ?? hashOf(labels),
          status,
          startsAtMs: Date.parse(startsAt),
          labels,
          title: title.slice(0, TITLE_LIMIT),
        },
      ],
    },
  };
}

function hashOf(labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16);
}
