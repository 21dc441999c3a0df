import type { Failure } from '../../domain/failure.js';
import type { ReadScope } from '../../ports/scope.js';
import { callHttp } from '../shared/http.js';
import type { HttpOutcome } from '../shared/http.js';
import { resolveSecret } from '../shared/secrets.js';
import type { PatroniMember, PatroniSettings } from './settings.js';

/** A GET whose body was understood, or why not. */
export type Read<T> = { readonly value: T; readonly failure?: undefined } | { readonly value?: undefined; readonly failure: Failure };

/** Calls to Patroni’s REST API. Bodies are never passed on as they came: a configuration may hold anything. */
export interface PatroniRest {
  /** GET a path of one member; `parse` decides, never the status: a proxy answers 200 too, and Patroni answers 503 with a good body. */
  get<T>(member: PatroniMember, path: string, parse: (body: string) => T | undefined, scope: ReadScope): Promise<Read<T>>;
  /** POST with the login, or without it where that is the question. Errors: HF_SECRET_UNRESOLVED. */
  post(
    member: PatroniMember,
    path: string,
    body: string,
    options: { readonly timeoutMs: number; readonly anonymous?: boolean },
    scope: ReadScope,
  ): Promise<HttpOutcome>;
}

/** Binds the settings; connects to nothing. */
export function createPatroniRest(settings: PatroniSettings, readMs: number): PatroniRest {
  const tls = settings.tls === undefined ? {} : { tls: settings.tls };
  const address = (member: PatroniMember, path: string): string =>
    new URL(path, member.url.endsWith('/') ? member.url : `${member.url}/`).href;
  return {
    async get(member, path, parse, scope) {
      const call = { method: 'GET' as const, url: address(member, path), timeoutMs: readMs, signal: scope.signal, ...tls };
      const outcome = await callHttp(call);
      if (outcome.answer === undefined) return { failure: outcome.failure };
      const value = parse(outcome.answer.body);
      if (value !== undefined) return { value };
      const code = String(outcome.answer.status);
      return { failure: { kind: 'invalid', code, text: `it answered ${code} with a body that is not Patroni’s /${path}` } };
    },
    async post(member, path, body, { timeoutMs, anonymous = false }, scope) {
      return callHttp({
        method: 'POST',
        url: address(member, path),
        headers: { 'content-type': 'application/json', ...(anonymous ? {} : await authorization(settings.login)) },
        body,
        timeoutMs,
        signal: scope.signal,
        ...tls,
      });
    },
  };
}

async function authorization(login: PatroniSettings['login']): Promise<{ readonly authorization?: string }> {
  if (login === undefined) return {};
  const [username, password] = await Promise.all([resolveSecret(login.usernameRef), resolveSecret(login.passwordRef)]);
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}
