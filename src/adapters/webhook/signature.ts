import { Webhook } from 'standardwebhooks';
import { HoldfastError } from '../../domain/errors.js';
import { resolveSecret } from '../shared/secrets.js';
import type { SecretRef } from '../shared/secrets.js';

/**
 * Headers of the Standard Webhooks specification. The id is the same for every attempt, so that a receiver can drop what it has seen; the
 * time is that of the attempt, as receivers refuse what is older than five minutes. Errors: HF_SECRET_UNRESOLVED.
 */
export async function signatureHeaders(
  secretRef: SecretRef | undefined,
  id: string,
  nowMs: number,
  body: string,
): Promise<Readonly<Record<string, string>>> {
  const time = { 'webhook-id': id, 'webhook-timestamp': String(Math.floor(nowMs / 1000)) };
  if (secretRef === undefined) return time;
  return { ...time, 'webhook-signature': sign(secretRef, await resolveSecret(secretRef), id, nowMs, body) };
}

function sign(secretRef: SecretRef, secret: string, id: string, nowMs: number, body: string): string {
  try {
    return new Webhook(secret).sign(id, new Date(nowMs), body);
  } catch {
    // The library's own message is not passed on: it is about the secret.
    throw new HoldfastError('HF_SECRET_UNRESOLVED', `${secretRef}: it is not a Standard Webhooks secret (whsec_ and base64).`, {
      reference: secretRef,
      why: 'not base64',
    });
  }
}
