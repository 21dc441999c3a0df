/** What Patroni’s answer to POST /switchover or /failover says, by status and words together (api.py of version 4.1; bodies as measured). */
import { showable } from '../shared/redact.js';
import type { HttpAnswer } from '../shared/http.js';

/**
 * `moved`: the lock moved to the named member; to which, only reading back proves. `refused`: no request is left behind.
 * `dropped`: the request was taken and left the consensus store without a change of leader. `unknown`: it may still be carried out.
 */
export type PostAnswer =
  | { readonly kind: 'moved'; readonly to?: string; readonly words: string }
  | { readonly kind: 'refused' | 'dropped' | 'unknown'; readonly words: string };

const WORDS_LIMIT = 160;

/** Statuses with which Patroni refuses before anything is written to the consensus store. */
const REFUSALS: readonly number[] = [400, 401, 403, 404, 405, 409, 411, 412, 422, 501];

/** Text or HTML (an empty or broken request is answered by an error page) as one line fit to be shown. */
export function wordsOf(body: string): string {
  const text = body
    .replace(/<(style|script|head)\b[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
  return showable(text, WORDS_LIMIT);
}

/** Reads an answer. A 200 may name another member than was asked for; a 503 may still succeed. */
export function readPostAnswer({ status, body }: HttpAnswer): PostAnswer {
  const words = wordsOf(body);
  if (status === 200) {
    const to = /\bover to "([^"]+)"/.exec(body)?.[1];
    return { kind: 'moved', words, ...(to === undefined ? {} : { to }) };
  }
  if (REFUSALS.includes(status)) return { kind: 'refused', words };
  if (status === 503 && /\b(switchover|failover) failed\b/i.test(body)) return { kind: 'dropped', words };
  return { kind: 'unknown', words };
}
