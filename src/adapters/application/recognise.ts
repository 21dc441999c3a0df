import type { HealthReport } from '../../domain/facts.js';
import { booleanIn, isObject, parseObject, stringIn } from '../shared/json.js';
import type { JsonObject } from '../shared/json.js';
import { showable } from '../shared/redact.js';
import { GEOSYNC_PROFILE } from './geosync-profile.js';
import type { ApplicationProfile } from './geosync-profile.js';

/** A component of a health body, in one form for all shapes. */
interface Component {
  readonly name: string;
  /** Undefined when the body does not say. */
  readonly healthy?: boolean;
  readonly words: string;
  readonly engaged?: boolean;
  readonly reason?: string;
}

const WELL = /^(ready|operational|ok|healthy|up|pass)$/i;
const ILL = /^(failed|degraded|error|unhealthy|down|fail|not_ready|unavailable)$/i;

/**
 * Translates a health answer into the one vocabulary. Pure and total: whatever the body, there is a report, and what the shape does not
 * say is left out, never guessed.
 *
 * An instance that reports whether the switch is engaged has read the row, so its store is operational as far as *it* knows: a fallback
 * store or an unfenced old primary says the same (the database's sessions are the proof, not this).
 */
export function recognise(status: number, body: string, profile: ApplicationProfile = GEOSYNC_PROFILE): HealthReport {
  const document = parseObject(body);
  if (document === undefined) return unknownShape(status, body);
  return (
    errorBody(status, document) ??
    healthServer(status, document, profile) ??
    withComponents(status, document, profile) ??
    bootstrap(status, document, profile) ??
    unknownShape(status, body)
  );
}

/**
 * `{"error":{code, message, path, meta}}`. Database refused, row stale, process quarantined: the same body for every cause, so it says
 * nothing about the store alone.
 */
function errorBody(status: number, document: JsonObject): HealthReport | undefined {
  const error = document['error'];
  if (!isObject(error) || stringIn(error, 'code') === undefined) return undefined;
  const detail = `${stringIn(error, 'code')}: ${stringIn(error, 'message') ?? 'no message'}`;
  return { shape: 'error-body', httpStatus: status, ready: false, detail: showable(detail) };
}

/** `{status, live, ready, components}`: may stay well while the database is gone, so being well says nothing about the store. */
function healthServer(status: number, document: JsonObject, profile: ApplicationProfile): HealthReport | undefined {
  const ready = booleanIn(document, 'ready');
  if (ready === undefined || booleanIn(document, 'live') === undefined) return undefined;
  const components = componentsOf(document);
  const storeIll = components.some((component) => profile.storeComponents.includes(component.name) && component.healthy === false);
  return {
    shape: 'health-server',
    httpStatus: status,
    ready: ready && isSuccess(status) && !storeIll,
    ...(storeIll && { storeOperational: false }),
    ...switchOf(components, profile),
    detail: describe(document, components),
  };
}

/** The main API, and the runbook's builds, which have a component for the store itself. */
function withComponents(status: number, document: JsonObject, profile: ApplicationProfile): HealthReport | undefined {
  const overall = stringIn(document, 'status');
  if (overall === undefined || !isObject(document['components'])) return undefined;
  const components = componentsOf(document);
  const store = components.filter((component) => profile.storeComponents.includes(component.name));
  const state = switchOf(components, profile);
  // An engaged switch is reported as `failed` too: whoever knows that it is engaged has read the row.
  const storeOperational = state.engaged === undefined ? allHealthy(store) : true;
  const limited = components.some((component) => component.name === profile.limiterComponent && component.healthy === false);
  return {
    shape: store.some((component) => component.name === 'kill_switch') ? 'runbook' : 'geosync',
    httpStatus: status,
    ready: isSuccess(status) && WELL.test(overall),
    ...(storeOperational !== undefined && { storeOperational }),
    ...state,
    detail: limited ? `degraded by our own admin calls; ${describe(document, components)}` : describe(document, components),
  };
}

/** `GET /healthz` before the main API is up: 200 and yet not well. */
function bootstrap(status: number, document: JsonObject, profile: ApplicationProfile): HealthReport | undefined {
  const overall = stringIn(document, 'status');
  if (overall === undefined || !(WELL.test(overall) || ILL.test(overall)) || document['checks'] !== undefined) return undefined;
  const words = [overall, stringIn(document, 'reason'), stringIn(document, 'detail')].filter((word) => word !== undefined).join(': ');
  const namesStore = ILL.test(overall) && profile.storeComponents.some((name) => words.includes(name));
  return {
    shape: 'bootstrap',
    httpStatus: status,
    ready: isSuccess(status) && WELL.test(overall),
    ...(namesStore && { storeOperational: false }),
    detail: showable(words),
  };
}

function unknownShape(status: number, body: string): HealthReport {
  const hint = status === 400 && /invalid host header/i.test(body) ? 'the configured Host header is not trusted; ' : '';
  return {
    shape: 'unknown',
    httpStatus: status,
    ready: false,
    detail: showable(`${hint}status ${status}: ${body.slice(0, 200) || 'empty body'}`),
  };
}

function componentsOf(document: JsonObject): readonly Component[] {
  const components = document['components'];
  if (!isObject(components)) return [];
  return Object.entries(components).flatMap(([name, value]) => (isObject(value) ? [componentOf(name, value)] : []));
}

function componentOf(name: string, value: JsonObject): Component {
  const metrics = isObject(value['metrics']) ? value['metrics'] : {};
  const status = stringIn(value, 'status');
  const byStatus = status === undefined || !(WELL.test(status) || ILL.test(status)) ? undefined : WELL.test(status);
  const healthy = booleanIn(value, 'healthy') ?? byStatus;
  const engaged = booleanIn(metrics, 'kill_switch_engaged');
  const reason = stringIn(metrics, 'reason');
  const words = [status, stringIn(value, 'detail') ?? stringIn(value, 'message')].filter((word) => word !== undefined).join(', ');
  return {
    name,
    words,
    ...(healthy !== undefined && { healthy }),
    ...(engaged !== undefined && { engaged }),
    ...(reason !== undefined && { reason }),
  };
}

/** Engaged wins over disengaged when two components disagree: the safe reading (design S2). */
function switchOf(components: readonly Component[], profile: ApplicationProfile): { readonly engaged?: boolean; readonly reason?: string } {
  const saying = components.filter((component) => profile.switchComponents.includes(component.name) && component.engaged !== undefined);
  const speaker = saying.find((component) => component.engaged === true) ?? saying[0];
  if (speaker?.engaged === undefined) return {};
  return { engaged: speaker.engaged, ...(speaker.engaged && speaker.reason !== undefined && { reason: speaker.reason }) };
}

function allHealthy(components: readonly Component[]): boolean | undefined {
  if (components.some((component) => component.healthy === false)) return false;
  return components.length > 0 && components.every((component) => component.healthy === true) ? true : undefined;
}

function describe(document: JsonObject, components: readonly Component[]): string {
  const ill = components
    .filter((component) => component.healthy === false)
    .map((component) => `${component.name} (${component.words || 'unhealthy'})`);
  return showable([stringIn(document, 'status') ?? 'no status', ...ill].join('; '));
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
