/** Who may post alerts. Comparisons take the same time whatever differs; a value lives inside one call. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { Config } from '../config/schema.js';

/** Resolves a secret reference to its value. Errors: HF_SECRET_UNRESOLVED. */
export type ResolveSecret = (reference: string) => Promise<string>;

type AlertmanagerAuth = NonNullable<Config['gateway']['sources']['alertmanager']>;

/** Whether two texts are equal, in a time that tells nothing about them. */
export function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Checks the authorization header of Alertmanager: bearer token or basic. */
export async function checkAuthorization(
  auth: AlertmanagerAuth,
  header: string | undefined,
  resolveSecret: ResolveSecret,
): Promise<boolean> {
  const match = /^(bearer|basic) +(\S+)$/i.exec(header ?? '');
  const scheme = match?.[1]?.toLowerCase();
  const presented = match?.[2] ?? '';
  if (auth.bearer !== undefined) {
    const same = sameText(presented, await resolveSecret(auth.bearer));
    return same && scheme === 'bearer';
  }
  if (auth.basic === undefined) return false;
  const expected = `${auth.basic.user}:${await resolveSecret(auth.basic.password)}`;
  const same = sameText(Buffer.from(presented, 'base64').toString('utf8'), expected);
  return same && scheme === 'basic';
}

/** Checks a Standard Webhooks signature over the raw bytes; 5 minutes of tolerance both ways. */
export async function checkSignature(
  secret: string,
  raw: Buffer,
  headers: Readonly<Record<string, unknown>>,
  resolveSecret: ResolveSecret,
): Promise<boolean> {
  const webhook = new Webhook(await resolveSecret(secret));
  const header = (name: string) => (typeof headers[name] === 'string' ? headers[name] : '');
  try {
    const signed = {
      'webhook-id': header('webhook-id'),
      'webhook-timestamp': header('webhook-timestamp'),
      'webhook-signature': header('webhook-signature'),
    };
    webhook.verify(raw, signed, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}

/** Remembers resolved secrets for a moment: a storm of posts must not become a storm of file reads; a rotated secret counts soon. */
export function brieflyCached(resolveSecret: ResolveSecret, now: () => number, keepMs = 5000): ResolveSecret {
  const kept = new Map<string, { readonly value: Promise<string>; readonly untilMs: number }>();
  return (reference) => {
    const entry = kept.get(reference);
    if (entry !== undefined && entry.untilMs > now()) return entry.value;
    const value = resolveSecret(reference);
    kept.set(reference, { value, untilMs: now() + keepMs });
    // A failure is not kept: the secret may be there at the next try.
    value.catch(() => kept.delete(reference));
    return value;
  };
}
