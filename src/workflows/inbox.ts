/**
 * Everything people and alerts sent to a run, parsed strictly and kept in order. Handlers only append here and never throw:
 * nonsense is recorded and shown as ignored (design §3). Knows no Temporal: the simulation feeds the same class.
 */
import type { Alert } from '../domain/contract.js';
import { parseDecision, type ParsedDecision } from '../domain/decision-rules.js';
import type { Decision, ReceivedDecision } from '../domain/decision.js';
import type { Person } from '../domain/plan.js';
import { IgnoredLines } from '../domain/ignored-lines.js';
import { AUTHOR_LIMIT, KeptDecisions, UNLISTED_LIMIT } from '../domain/kept-decisions.js';

/** Signals of a run. Each takes one JSON object. */
export const SIGNAL_NAMES = [
  'decide',
  'pause-trading',
  'recheck',
  'acknowledge',
  'done-by-hand',
  'abort',
  'note',
  'classify',
  'alert',
  'disarm',
] as const;
export type SignalName = (typeof SIGNAL_NAMES)[number];

/** At most this many alerts and notes are kept; further ones are counted, so that people can always be heard (design S10). */
export const ALERT_LIMIT = 500;
export const NOTE_LIMIT = 200;
const TEXT_LIMIT = 500;
/** Said once in a run. */
const CROWDED = `decide: too many decisions; the newest ${AUTHOR_LIMIT} under each name are kept, and the newest ${UNLISTED_LIMIT} of all names that the plan does not list. If yours is missing, send it again`;

/** Who said something, as far as typed; worth nothing for a gate. */
export interface Said {
  readonly by: string;
  readonly text: string;
  readonly atMs: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** A JSON object; neither bytes nor the marker of the tolerant converter for what could not be decoded. */
function fieldsOf(value: unknown): Fields | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) return undefined;
  return (value as Fields)['undecodable'] === true ? undefined : (value as Fields);
}

/** A short text without control characters; anything else becomes empty. */
function text(value: unknown): string {
  return typeof value === 'string'
    ? value
        .replace(/\p{Cc}+/gu, ' ')
        .trim()
        .slice(0, TEXT_LIMIT)
    : '';
}

function parseAlert(value: unknown): Alert | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  const { source, fingerprint, status, startsAtMs, title, forMs } = fields;
  if (typeof source !== 'string' || typeof fingerprint !== 'string' || typeof startsAtMs !== 'number' || !Number.isFinite(startsAtMs))
    return undefined;
  if (status !== 'firing' && status !== 'resolved') return undefined;
  return {
    source: text(source),
    fingerprint: text(fingerprint),
    status,
    startsAtMs,
    title: text(title),
    forMs: typeof forMs === 'number' && forMs > 0 ? forMs : 0,
  };
}

export class Inbox {
  readonly alerts: { readonly alert: Alert; readonly atMs: number }[] = [];
  readonly notes: Said[] = [];
  readonly doneByHand: Said[] = [];
  readonly acknowledged: Said[] = [];
  readonly classified: Said[] = [];
  pauseRequested: Said | undefined;
  /** Counts up with each wish to pause: one after the pause was lifted pauses again. */
  pauseRequests = 0;
  aborted: Said | undefined;
  disarmed: Said | undefined;
  /** Counts up with each `recheck`. */
  rechecks = 0;
  countedAlerts = 0;
  countedNotes = 0;
  /** Counts up with everything received: what waits for people wakes on it. */
  received = 0;
  readonly #now: () => number;
  readonly #kept = new KeptDecisions();
  readonly #ignored = new IgnoredLines();
  readonly #identities = new Set<string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Decisions in order of arrival; of a flood only the newest of each author. */
  get decisions(): readonly ReceivedDecision[] {
    return this.#kept.all;
  }

  /** Counts up with each decision, and is the number of the newest one. */
  get decided(): number {
    return this.#kept.newest;
  }

  /** How many decisions made room for newer ones. */
  get droppedDecisions(): number {
    return this.#kept.dropped;
  }

  /** What was not understood or does not count, one line each. */
  get ignored(): readonly string[] {
    return this.#ignored.lines;
  }

  /** The plan is known: its people have room of their own among the decisions. */
  list(people: readonly Person[]): void {
    this.#kept.list(people);
  }

  /** The author of this decision was found out to be a person of the plan. */
  listAuthorOf(decision: Decision): void {
    this.#kept.listAuthorOf(decision);
  }

  /** Takes one signal of any name with any payload. */
  receive(name: string, payload: unknown): void {
    this.received += 1;
    if (!(SIGNAL_NAMES as readonly string[]).includes(name)) {
      this.ignore(`signal ${text(name) || '?'}: no such signal; there are ${SIGNAL_NAMES.join(', ')}`);
      return;
    }
    this.#take(name as SignalName, payload);
  }

  ignore(why: string): void {
    this.#ignored.add(`${new Date(this.#now()).toISOString()} ${why}`);
  }

  /** Reads a decision without keeping it: for the Update's validator. */
  static parse(payload: unknown): ParsedDecision {
    return parseDecision(payload);
  }

  /** Parses a decision and keeps it, whoever else sent how many. The answer is for the Update of the same name; a Signal has nobody to answer. */
  decide(
    payload: unknown,
    via: ReceivedDecision['via'],
  ): { readonly ok: true; readonly n: number } | { readonly ok: false; readonly why: string } {
    const parsed = parseDecision(payload);
    if (!parsed.ok) {
      this.ignore(`decide: ${parsed.why}`);
      return parsed;
    }
    const quiet = this.#kept.dropped === 0;
    const n = this.#kept.keep(this.#now(), via, parsed.decision);
    if (quiet && this.#kept.dropped > 0) this.ignore(CROWDED);
    return { ok: true, n };
  }

  /** Alerts that arrived after a moment and still fire: they re-open detection before a run closes (design S10). */
  firingSince(atMs: number): readonly Alert[] {
    return this.alerts.filter((a) => a.atMs > atMs && a.alert.status === 'firing').map((a) => a.alert);
  }

  #take(name: SignalName, payload: unknown): void {
    switch (name) {
      case 'decide':
        this.decide(payload, 'signal');
        return;
      case 'alert':
        this.#takeAlert(payload);
        return;
      case 'note':
        if (this.notes.length >= NOTE_LIMIT) this.countedNotes += 1;
        else this.#keep(this.notes, name, payload);
        return;
      case 'recheck':
        this.rechecks += 1;
        return;
      // Pausing needs nothing but the wish: an empty or unreadable payload pauses too (the safe direction).
      case 'pause-trading':
        this.pauseRequested ??= this.#said(payload);
        this.pauseRequests += 1;
        return;
      case 'disarm':
        this.disarmed ??= this.#said(payload);
        return;
      case 'abort':
        this.aborted ??= this.#said(payload);
        return;
      case 'done-by-hand':
        this.#keep(this.doneByHand, name, payload);
        return;
      case 'acknowledge':
        this.#keep(this.acknowledged, name, payload);
        return;
      case 'classify':
        this.#keep(this.classified, name, payload);
        return;
    }
  }

  #said(payload: unknown): Said {
    const fields = fieldsOf(payload) ?? {};
    return { by: text(fields['by']), text: text(fields['reason'] ?? fields['text']), atMs: this.#now() };
  }

  #keep(list: Said[], name: string, payload: unknown): void {
    const said = this.#said(payload);
    if (fieldsOf(payload) === undefined) this.ignore(`${name}: not a JSON object`);
    else if (said.by === '' && said.text === '') this.ignore(`${name}: it has neither \`by\` nor \`text\``);
    else if (list.length < NOTE_LIMIT) list.push(said);
  }

  #takeAlert(payload: unknown): void {
    const alert = parseAlert(payload);
    if (alert === undefined) {
      this.ignore('alert: not an alert');
      return;
    }
    // Not joined by a space: parts may hold one, and two different alerts would be one.
    const identity = JSON.stringify([alert.source, alert.fingerprint, alert.status, alert.startsAtMs]);
    if (this.#identities.has(identity)) return;
    if (this.alerts.length >= ALERT_LIMIT) {
      this.countedAlerts += 1;
      return;
    }
    this.#identities.add(identity);
    this.alerts.push({ alert, atMs: this.#now() });
  }
}
