import { HoldfastError } from '../../domain/errors.js';
import type { Role } from '../../domain/plan.js';
import type { Notice, NotifierPort } from '../../ports/notifier.js';
import type { CallScope } from '../../ports/scope.js';
import { callHttp } from '../shared/http.js';
import type { TlsRefs } from '../shared/http.js';
import { isSecretRef, resolveSecret } from '../shared/secrets.js';
import type { SecretRef } from '../shared/secrets.js';
import { signatureHeaders } from './signature.js';

/** One receiver of notices. */
export interface WebhookRoute {
  /** Shown in errors in place of the address, which may hold a token. */
  readonly name: string;
  /** An address, or a reference to one. */
  readonly url: string;
  /** Whom this route reaches; absent = everybody. */
  readonly roles?: readonly Role[];
  /** Standard Webhooks secret (`whsec_…`); without it the message is not signed. */
  readonly secretRef?: SecretRef;
  readonly timeoutMs: number;
  readonly tls?: TlsRefs;
}

/** Options of {@link createWebhookNotifier}. */
export interface WebhookNotifierOptions {
  readonly routes: readonly WebhookRoute[];
}

/** Why a route did not take the notice. `final`: sending it again will not help. */
interface Miss {
  readonly route: string;
  readonly why: string;
  readonly final: boolean;
  readonly retryAfterSeconds?: number;
}

/** 4xx is the receiver's final word, but for: not in time, too early, too many. */
const PASSING: readonly number[] = [408, 425, 429];
/** Deliveries remembered, so that one deaf route does not make the others ring again at every attempt. */
const REMEMBERED = 1_000;

/**
 * Sends a notice to every route that reaches one of its roles, all at the same time, signed as Standard Webhooks with the notice's id as
 * `webhook-id`. Errors: HF_NOTIFY_FAILED naming the routes; its evidence says `final: yes` when no attempt can help.
 */
export function createWebhookNotifier(options: WebhookNotifierOptions): NotifierPort {
  const delivered = new Set<string>();

  const deliver = async (route: WebhookRoute, notice: Notice, body: string, scope: CallScope): Promise<Miss | undefined> => {
    const mark = `${route.name}\n${notice.id}`;
    if (delivered.has(mark)) return undefined;
    const miss = await post(route, notice, body, scope);
    if (miss !== undefined) return miss;
    delivered.add(mark);
    const oldest = delivered.values().next().value;
    if (delivered.size > REMEMBERED && oldest !== undefined) delivered.delete(oldest);
    return undefined;
  };

  return {
    kind: 'webhook',
    async send(notice, scope) {
      if (scope.signal.aborted) throw new HoldfastError('HF_CANCELLED', `Notice ${notice.id}.`, { notice: notice.id });
      const routes = options.routes.filter((route) => notice.to.some((role) => reaches(route, role)));
      const body = renderBody(notice);
      const attempts = await Promise.all(routes.map((route) => deliver(route, notice, body, scope)));
      const misses = [...attempts.filter((miss) => miss !== undefined), ...unreached(options.routes, notice)];
      if (misses.length > 0) throw failed(notice, misses);
    },
  };
}

function reaches(route: WebhookRoute, role: Role): boolean {
  return route.roles === undefined || route.roles.includes(role);
}

/** A role that no route reaches would be told nothing, in silence. */
function unreached(routes: readonly WebhookRoute[], notice: Notice): readonly Miss[] {
  return notice.to
    .filter((role) => !routes.some((route) => reaches(route, role)))
    .map((role) => ({ route: `role ${role}`, why: 'no route reaches it', final: true }));
}

function renderBody(notice: Notice): string {
  const { title, text, urgency, store, incident, workflowId, to } = notice;
  return JSON.stringify({ title, text, urgency, store, incident, workflowId, to });
}

async function post(route: WebhookRoute, notice: Notice, body: string, scope: CallScope): Promise<Miss | undefined> {
  try {
    const outcome = await callHttp({
      method: 'POST',
      url: isSecretRef(route.url) ? await resolveSecret(route.url) : route.url,
      headers: { 'content-type': 'application/json', ...(await signatureHeaders(route.secretRef, notice.id, scope.now(), body)) },
      body,
      timeoutMs: route.timeoutMs,
      signal: scope.signal,
      ...(route.tls !== undefined && { tls: route.tls }),
    });
    if (outcome.answer === undefined) return { route: route.name, why: outcome.failure.text, final: false };
    const { status, retryAfterSeconds } = outcome.answer;
    if (status >= 200 && status < 300) return undefined;
    const final = status < 500 && !PASSING.includes(status);
    return { route: route.name, why: `answered ${status}`, final, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
  } catch (error) {
    // An unresolved secret of one route must not keep the others silent.
    if (error instanceof HoldfastError) return { route: route.name, why: error.message, final: true };
    throw error;
  }
}

function failed(notice: Notice, misses: readonly Miss[]): HoldfastError {
  const wait = Math.max(0, ...misses.map((miss) => miss.retryAfterSeconds ?? 0));
  return new HoldfastError('HF_NOTIFY_FAILED', `${misses.map((miss) => `${miss.route}: ${miss.why}`).join('; ')}.`, {
    notice: notice.id,
    routes: misses.map((miss) => miss.route).join(', '),
    final: misses.every((miss) => miss.final) ? 'yes' : 'no',
    ...(wait > 0 && { retryAfterSeconds: String(wait) }),
  });
}
