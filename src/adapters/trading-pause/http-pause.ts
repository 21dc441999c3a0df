import { HoldfastError } from '../../domain/errors.js';
import type { EffectClass } from '../../domain/plan.js';
import type { CallScope, ReadScope } from '../../ports/scope.js';
import type { TradingPausePort, TradingState } from '../../ports/trading-pause.js';
import { callHttp } from '../shared/http.js';
import type { HttpAnswer, HttpOutcome, TlsRefs } from '../shared/http.js';
import { booleanIn, parseObject, stringIn } from '../shared/json.js';
import { showable } from '../shared/redact.js';
import { resolveSecret } from '../shared/secrets.js';
import type { SecretRef } from '../shared/secrets.js';
import { foundPause, foundPauseBy, LOOK_FIRST_MS, OWN_PAUSE } from '../shared/pause-declaration.js';
import type { PauseDeclaration } from '../shared/pause-declaration.js';

/** Options of {@link createHttpPause}. */
export interface HttpPauseOptions extends PauseDeclaration {
  /** POST /pause, POST /resume and GET /state below this address. */
  readonly baseUrl: string;
  /** Bearer token. */
  readonly tokenRef?: SecretRef;
  readonly tls?: TlsRefs;
  readonly timeoutMs: number;
  /** True when the platform keeps the Idempotency-Key, so that the same call again changes nothing more. Default false: sent once, then read back. */
  readonly honoursKey?: boolean;
}

type Verb = 'pause' | 'resume';

/**
 * Pauses trading by an HTTP hook. `Idempotency-Key` carries the key of the pause on both calls: the platform lifts only the pause that was
 * made under it, and answers 409 otherwise.
 */
export function createHttpPause(options: HttpPauseOptions): TradingPausePort {
  const effectClass: EffectClass = options.honoursKey === true ? 'repeatable' : 'read-back';
  const base = options.baseUrl.endsWith('/') ? options.baseUrl : `${options.baseUrl}/`;

  const call = async (
    method: 'GET' | 'POST',
    path: string,
    headers: Readonly<Record<string, string>>,
    timeoutMs: number,
    scope: ReadScope,
  ): Promise<HttpOutcome> =>
    callHttp({
      method,
      url: new URL(path, base).href,
      headers: {
        accept: 'application/json',
        ...(options.tokenRef !== undefined && { authorization: `Bearer ${await resolveSecret(options.tokenRef)}` }),
        ...headers,
      },
      timeoutMs,
      signal: scope.signal,
      ...(options.tls !== undefined && { tls: options.tls }),
    });

  const look = async (timeoutMs: number, scope: ReadScope): Promise<TradingState> =>
    readState(await call('GET', 'state', {}, timeoutMs, scope));

  const send = async (verb: Verb, key: string, scope: CallScope): Promise<HttpAnswer> => {
    const outcome = await call('POST', verb, { 'idempotency-key': key }, options.timeoutMs, scope);
    if (outcome.answer !== undefined) return outcome.answer;
    const evidence = { verb, target: 'trading platform', key, kind: outcome.failure.kind };
    if (outcome.sent) throw new HoldfastError('HF_EFFECT_UNKNOWN', `${verb} of trading: ${outcome.failure.text}.`, evidence);
    if (outcome.failure.kind === 'cancelled') throw new HoldfastError('HF_CANCELLED', `${verb} of trading.`, evidence);
    throw new HoldfastError('HF_COMMAND_FAILED', `${verb} of trading was not sent: ${outcome.failure.text}.`, evidence);
  };

  return {
    kind: 'http',
    able: true,
    pauseClass: effectClass,
    resumeClass: effectClass,
    settleMs: options.settleMs,
    restingOrders: options.restingOrders,
    manualKill: options.manualKill,
    state: (scope) => look(options.timeoutMs, scope),

    async pause(key, scope) {
      const before = await look(Math.min(LOOK_FIRST_MS, options.timeoutMs), scope);
      if (before.state === 'paused' && before.by === key) return { restore: OWN_PAUSE, detail: `found done: ${before.detail}` };
      // Pausing over somebody's pause could put our key on it, and we would lift theirs later.
      if (before.state === 'paused') return foundInForce(before);
      const answer = await send('pause', key, scope);
      // Somebody may have paused between the look and the call: whose pause it is, the answer says.
      const after = readState({ answer });
      if (after.state === 'paused' && after.by !== undefined && after.by !== key) return foundInForce(after);
      if (isSuccess(answer)) return { restore: OWN_PAUSE, detail: answered(answer) };
      if (answer.status === 409) {
        const standing = await look(options.timeoutMs, scope);
        if (standing.state === 'paused' && standing.by !== key) return foundInForce(standing);
      }
      throw refused('pause', key, answer);
    },

    async resume(key, restore, scope) {
      const foundBy = foundPauseBy(restore);
      if (foundBy !== undefined) throw notOurs(key, foundBy);
      const before = await look(Math.min(LOOK_FIRST_MS, options.timeoutMs), scope);
      if (before.state === 'trading') return { detail: `found done: ${before.detail}` };
      if (before.by !== undefined && before.by !== key) throw notOurs(key, before.by);
      const answer = await send('resume', key, scope);
      if (isSuccess(answer)) return { detail: answered(answer) };
      if (answer.status === 409) throw notOurs(key, 'somebody else, as the platform says');
      throw refused('resume', key, answer);
    },
  };
}

function readState(outcome: HttpOutcome): TradingState {
  if (outcome.answer === undefined) return { state: 'unknown', detail: `the platform does not say: ${outcome.failure.text}` };
  const { status, body } = outcome.answer;
  const document = isSuccess(outcome.answer) ? (parseObject(body) ?? {}) : {};
  const paused = booleanIn(document, 'paused');
  if (paused === undefined) return { state: 'unknown', detail: `the platform’s answer (${status}) does not say whether trading is paused` };
  const by = stringIn(document, 'by');
  return {
    state: paused ? 'paused' : 'trading',
    ...(by !== undefined && { by }),
    detail: `the platform says ${paused ? `paused by ${by ?? 'nobody named'}` : 'trading'}`,
  };
}

function foundInForce(state: TradingState): { readonly restore: Readonly<Record<string, string>>; readonly detail: string } {
  const by = state.by ?? 'somebody unknown';
  return { restore: foundPause(by), detail: `found paused by ${by}: not Holdfast’s to lift` };
}

function answered(answer: HttpAnswer): string {
  return `the platform answered ${answer.status}: ${showable(answer.body, 120) || 'no words'}`;
}

function isSuccess(answer: HttpAnswer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

function notOurs(key: string, by: string): HoldfastError {
  return new HoldfastError('HF_PAUSE_NOT_OURS', `It was made by ${by}.`, { key, by });
}

function refused(verb: Verb, key: string, answer: HttpAnswer): HoldfastError {
  const evidence = { verb, target: 'trading platform', key, status: String(answer.status) };
  // A gateway that got no or no good answer (502, 504) does not tell whether the platform behind it acted.
  if (answer.status === 502 || answer.status === 504)
    return new HoldfastError('HF_EFFECT_UNKNOWN', `${verb} of trading: a gateway answered ${answer.status}.`, evidence);
  return new HoldfastError(
    'HF_COMMAND_FAILED',
    `${verb} of trading: the platform answered ${answer.status}: ${showable(answer.body, 120)}.`,
    evidence,
  );
}
