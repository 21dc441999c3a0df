import type { IncomingHttpHeaders } from 'node:http';
import { jwtVerify } from 'jose';
import { Secret, TOTP } from 'otpauth';
import type { Answer } from './answer.js';
import { failure, internalError } from './answer.js';
import type { ApplicationBehaviour } from './behaviour.js';
import type { Metrics } from './metrics.js';
import type { KillSwitchStore, SwitchState } from './store.js';

/** What callers of the admin API must know. */
export interface AdminSecrets {
  readonly jwtSecret: string;
  readonly otpSeed: string;
  readonly clientCertificate: string;
}

export interface AdminRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const MIN_REASON = 3;
const MAX_REASON = 256;

/** The admin API of one process: its rate limit is counted in this process alone. */
export class AdminApi {
  readonly #behaviour: ApplicationBehaviour;
  readonly #store: KillSwitchStore;
  readonly #secrets: AdminSecrets;
  readonly #metrics: Metrics;
  readonly #totp: TOTP;
  #callsAtMs: readonly number[] = [];

  constructor(behaviour: ApplicationBehaviour, store: KillSwitchStore, secrets: AdminSecrets, metrics: Metrics) {
    this.#behaviour = behaviour;
    this.#store = store;
    this.#secrets = secrets;
    this.#metrics = metrics;
    this.#totp = new TOTP({ secret: Secret.fromBase32(secrets.otpSeed), algorithm: 'SHA1', digits: 6, period: 30 });
  }

  /** True from the last allowed call of a window until it is over. */
  limitReached(): boolean {
    const sinceMs = Date.now() - this.#behaviour.adminWindowMs;
    this.#callsAtMs = this.#callsAtMs.filter((atMs) => atMs > sinceMs);
    return this.#callsAtMs.length >= this.#behaviour.adminLimit;
  }

  async handle(request: AdminRequest): Promise<Answer> {
    const { method, path } = request;
    const refused = await this.#refusal(request);
    if (refused !== undefined) return refused;
    if (this.limitReached()) return failure(429, 'ERR_RATE_LIMIT', 'Too many administrative requests.', path);
    this.#callsAtMs = [...this.#callsAtMs, Date.now()];
    try {
      if (method === 'GET') return await this.#get();
      if (method === 'POST') return await this.#engage(request);
      if (method === 'DELETE') return await this.#reset();
      return failure(405, 'ERR_METHOD', 'Method not allowed.', path);
    } catch {
      return internalError(path);
    }
  }

  async #refusal({ method, path, headers }: AdminRequest): Promise<Answer | undefined> {
    const token = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
    if (token === undefined) return failure(401, 'ERR_UNAUTHENTICATED', 'Missing bearer token.', path);
    let role: unknown;
    try {
      ({
        payload: { role },
      } = await jwtVerify<{ role?: unknown }>(token, new TextEncoder().encode(this.#secrets.jwtSecret), { algorithms: ['HS256'] }));
    } catch {
      return failure(401, 'ERR_UNAUTHENTICATED', 'Invalid bearer token.', path);
    }
    const certificate = headers['x-client-cert'];
    if (certificate === undefined) return failure(401, 'ERR_UNAUTHENTICATED', 'Client certificate is required.', path);
    if (certificate !== this.#secrets.clientCertificate) return failure(403, 'ERR_FORBIDDEN', 'Client certificate is not known.', path);
    const otp = headers['x-admin-otp'];
    if (typeof otp !== 'string' || this.#totp.validate({ token: otp, window: 1 }) === null)
      return failure(401, 'ERR_UNAUTHENTICATED', 'Invalid one-time password.', path);
    const mayRead = role === 'risk-auditor' || role === 'risk-officer';
    if (!mayRead || (method !== 'GET' && role !== 'risk-officer')) return failure(403, 'ERR_FORBIDDEN', 'Role is not sufficient.', path);
    return undefined;
  }

  async #get(): Promise<Answer> {
    const state = await this.#store.read();
    audit('read', state);
    return answer(state, state.engaged);
  }

  async #engage({ body, path }: AdminRequest): Promise<Answer> {
    const reason = reasonOf(body);
    if (reason === undefined)
      return failure(422, 'ERR_VALIDATION', `reason must be a text of ${MIN_REASON} to ${MAX_REASON} characters.`, path);
    // Reads first: without a readable row the switch cannot be engaged.
    const before = await this.#store.read();
    const state = { engaged: true, reason };
    await this.#store.write(state);
    if (!before.engaged) this.#metrics.triggered(reason);
    audit('engage', state);
    return answer(state, before.engaged);
  }

  async #reset(): Promise<Answer> {
    const before = await this.#store.read();
    const state = { engaged: false, reason: '' };
    // A clear switch is not written again: this does not refresh the row.
    if (before.engaged) await this.#store.write(state);
    audit('reset', state);
    return answer(state, before.engaged);
  }
}

function reasonOf(body: string): string | undefined {
  let reason: unknown;
  try {
    ({ reason } = JSON.parse(body) as { reason?: unknown });
  } catch {
    return undefined;
  }
  return typeof reason === 'string' && reason.length >= MIN_REASON && reason.length <= MAX_REASON ? reason : undefined;
}

function answer(state: SwitchState, alreadyEngaged: boolean): Answer {
  return {
    status: 200,
    body: {
      status: state.engaged ? 'engaged' : 'disengaged',
      kill_switch_engaged: state.engaged,
      reason: state.reason,
      already_engaged: alreadyEngaged,
    },
  };
}

function audit(event: string, state: SwitchState): void {
  console.log(JSON.stringify({ audit: `kill_switch.${event}`, engaged: state.engaged, at: new Date().toISOString() }));
}
