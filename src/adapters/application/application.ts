import { Secret, TOTP } from 'otpauth';
import { HoldfastError } from '../../domain/errors.js';
import type { AdminReading, HealthReport } from '../../domain/facts.js';
import type { FailureKind } from '../../domain/failure.js';
import type { ApplicationPort, Asked, InstanceRef } from '../../ports/application.js';
import type { ReadScope } from '../../ports/scope.js';
import { callHttp } from '../shared/http.js';
import type { HttpAnswer, HttpOutcome, TlsRefs } from '../shared/http.js';
import { booleanIn, parseObject, stringIn } from '../shared/json.js';
import { showable } from '../shared/redact.js';
import { resolveSecret } from '../shared/secrets.js';
import type { SecretRef } from '../shared/secrets.js';
import { createCallBudget } from './call-budget.js';
import type { ApplicationProfile } from './geosync-profile.js';
import { recognise } from './recognise.js';

/** One instance under its own address; never a load balancer, which would answer for another. */
export interface ApplicationInstance {
  readonly name: string;
  readonly baseUrl: string;
}

/** Credentials of the admin API, as references. They are for GET only (design S14). */
export interface AdminAccess {
  /** Default: the profile's. */
  readonly path?: string;
  readonly tokenRef: SecretRef;
  /** Value of the client-certificate header. */
  readonly clientCertRef?: SecretRef;
  /** Seed of the one-time codes, base32. */
  readonly otpSeedRef?: SecretRef;
}

/** Options of {@link createApplication}. */
export interface ApplicationOptions {
  readonly profile: ApplicationProfile;
  readonly instances: readonly ApplicationInstance[];
  /** How an instance is reached that is not configured by name but found on its platform under an address of its own. */
  readonly found?: { readonly scheme: 'http' | 'https'; readonly port: number };
  /** Host header that the application trusts, when it is called by address. */
  readonly hostHeader?: string;
  readonly tls?: TlsRefs;
  readonly admin?: AdminAccess;
  readonly timeoutMs: number;
}

const MINUTE_MS = 60_000;

/** A pod is listed before it has an address: it is there, and nobody can ask it yet. */
const NO_ADDRESS_YET = { failure: { kind: 'unreachable', text: 'its platform has given it no address yet' } } as const;

/** The application's health and admin GET over HTTP. Nothing is retried here: a second call is the caller's decision. */
export function createApplication(options: ApplicationOptions): ApplicationPort {
  const { profile, timeoutMs } = options;
  const budget = createCallBudget(profile.adminCallsPerMinute, MINUTE_MS);

  const baseUrl = ({ name, address }: InstanceRef): string | undefined => {
    const configured = options.instances.find((candidate) => candidate.name === name)?.baseUrl;
    if (configured !== undefined) return configured;
    if (options.found === undefined) {
      throw new HoldfastError('HF_CONFIG_INVALID', `No instance ${name} is configured, and none is looked for on a platform.`, {
        target: name,
      });
    }
    if (address === undefined) return undefined;
    return `${options.found.scheme}://${address.includes(':') ? `[${address}]` : address}:${options.found.port}`;
  };

  const get = (base: string, path: string, headers: Readonly<Record<string, string>>, scope: ReadScope): Promise<HttpOutcome> => {
    return callHttp({
      method: 'GET',
      url: new URL(path, base).href,
      // Answers carry `max-age=30`: whatever stands in between must not answer for the instance.
      headers: {
        accept: 'application/json',
        'cache-control': 'no-cache',
        ...(options.hostHeader !== undefined && { host: options.hostHeader }),
        ...headers,
      },
      timeoutMs,
      signal: scope.signal,
      ...(options.tls !== undefined && { tls: options.tls }),
    });
  };

  return {
    async health(instance, scope): Promise<Asked<HealthReport>> {
      const base = baseUrl(instance);
      if (base === undefined) return NO_ADDRESS_YET;
      const outcome = await get(base, profile.healthPath, {}, scope);
      if (outcome.answer === undefined) return { failure: outcome.failure };
      return { answer: recognise(outcome.answer.status, outcome.answer.body, profile) };
    },

    async admin(instance, scope): Promise<Asked<AdminReading>> {
      const access = options.admin;
      if (access === undefined) return { failure: { kind: 'missing', text: 'no access to the admin API is configured' } };
      const base = baseUrl(instance);
      if (base === undefined) return NO_ADDRESS_YET;
      const atMs = scope.now();
      const headers = await adminHeaders(access, profile, atMs);
      const allowance = budget.take(instance.name, atMs);
      if (!allowance.taken) {
        const text = `not sent: ${profile.adminCallsPerMinute} admin calls were made to ${instance.name} within a minute; the next is free in ${Math.ceil(allowance.waitMs / 1000)} s`;
        return { failure: { kind: 'too-many', code: 'own-limit', text } };
      }
      const outcome = await get(base, access.path ?? profile.adminPath, headers, scope);
      if (outcome.answer !== undefined) return readAdmin(outcome.answer);
      if (!outcome.sent) budget.giveBack(instance.name, atMs);
      return { failure: outcome.failure };
    },
  };
}

async function adminHeaders(access: AdminAccess, profile: ApplicationProfile, nowMs: number): Promise<Readonly<Record<string, string>>> {
  const token = await resolveSecret(access.tokenRef);
  const cert = access.clientCertRef === undefined ? undefined : await resolveSecret(access.clientCertRef);
  return {
    authorization: `Bearer ${token}`,
    ...(cert !== undefined && { [profile.clientCertHeader]: cert }),
    ...(access.otpSeedRef !== undefined && { [profile.otpHeader]: await oneTimeCode(access.otpSeedRef, profile, nowMs) }),
  };
}

async function oneTimeCode(ref: SecretRef, profile: ApplicationProfile, nowMs: number): Promise<string> {
  const seed = await resolveSecret(ref);
  const { algorithm, digits, periodSeconds: period } = profile.otp;
  try {
    return new TOTP({ secret: Secret.fromBase32(seed), algorithm, digits, period }).generate({ timestamp: nowMs });
  } catch {
    // The library's message repeats a character of the seed.
    throw new HoldfastError('HF_SECRET_UNRESOLVED', `${ref}: it is not a base32 seed.`, { reference: ref, why: 'not base32' });
  }
}

const REFUSALS: Readonly<Record<number, readonly [FailureKind, string]>> = {
  401: ['auth', 'the admin API does not accept the token'],
  403: ['auth', 'the admin API refuses this identity, certificate or one-time code'],
  404: ['missing', 'there is no admin API under this path'],
  429: ['too-many', 'the admin API’s own limit is reached (counted for each process, without Retry-After)'],
};

function readAdmin(answer: HttpAnswer): Asked<AdminReading> {
  const code = String(answer.status);
  if (answer.status !== 200) {
    const [kind, text] = REFUSALS[answer.status] ?? (['other', `the admin API answered ${answer.status}`] as const);
    return { failure: { kind, code, text } };
  }
  const document = parseObject(answer.body) ?? {};
  const engaged = booleanIn(document, 'kill_switch_engaged');
  const status = stringIn(document, 'status');
  if (engaged === undefined || status === undefined) {
    return { failure: { kind: 'invalid', code, text: `the admin API’s answer has another shape: ${showable(answer.body, 120)}` } };
  }
  // Two fields say the same thing; when they differ, neither is believed.
  if (status !== (engaged ? 'engaged' : 'disengaged')) {
    return {
      failure: {
        kind: 'invalid',
        code,
        text: `the admin API contradicts itself: status ${showable(status, 40)}, kill_switch_engaged ${engaged}`,
      },
    };
  }
  return { answer: { engaged, reason: stringIn(document, 'reason') ?? '' } };
}
