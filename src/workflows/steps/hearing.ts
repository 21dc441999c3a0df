/**
 * Hears what people decided at one gate. In one opening each decision is attested once, and however many arrive, the calls stay few: a flood
 * must neither grow the history nor keep anybody from being heard (design S9, S10).
 */
import { hearingPauseMs, HEARD_AT_ONCE, HEARD_TOGETHER } from '../../domain/hearing-pace.js';
import type { AttestedDecision, ReceivedDecision, Tally } from '../../domain/decision.js';
import type { OpenedGate } from '../../domain/evidence.js';
import type { GateSubject } from '../../domain/gate-evidence.js';
import { findOption } from '../../domain/gate-policy.js';
import { shownTally, tally } from '../../domain/tally.js';
import type { Run } from '../run.js';

/** Attested in one call at most: a decision has up to 4 KiB, and Temporal takes at most 2 MiB. */
const CALL_LIMIT = 200;

interface Heard {
  readonly received: ReceivedDecision;
  readonly attested: AttestedDecision;
}

/** What was heard at one gate, over all its openings. */
export interface Hearing {
  readonly subject: GateSubject;
  readonly openedAtMs: number;
  /** Decisions up to this number belong to an earlier answer. */
  readonly spentUpTo: number;
  /** Full hash by code, of each opening: a signature on an earlier card is recognised as one. */
  readonly hashes: Record<string, string>;
  /** Decisions up to this number were attested in this opening. */
  upTo: number;
  /** Decisions up to this number that are for another gate were named as ignored. */
  namedUpTo: number;
  /** Attested in this opening, in order. */
  heard: readonly Heard[];
  /** How often something was attested at this gate. */
  looks: number;
  /** When that was last; absent when it was not in this opening. */
  lastAtMs: number | undefined;
}

/** Begins to listen: what was decided until now is for an earlier answer. */
export function startHearing(run: Run, subject: GateSubject): Hearing {
  const spentUpTo = run.inbox.decided;
  return {
    subject,
    openedAtMs: run.ctx.now(),
    spentUpTo,
    hashes: {},
    upTo: spentUpTo,
    namedUpTo: spentUpTo,
    heard: [],
    looks: 0,
    lastAtMs: undefined,
  };
}

/** The gate was opened (again): everything kept is attested anew, against the card of this run (CARD_OF_EARLIER_RUN). */
export function hearAnew(hearing: Hearing, opened: OpenedGate): void {
  hearing.hashes[opened.code] = opened.hash;
  hearing.upTo = hearing.spentUpTo;
  hearing.heard = [];
  hearing.lastAtMs = undefined;
}

/** Whether somebody said something that is not attested yet. */
export function isSomebodyWaiting(run: Run, hearing: Hearing): boolean {
  return run.inbox.decided > hearing.upTo;
}

/** When those who wait are heard, epoch milliseconds; never while nobody waits. */
export function hearingAtMs(run: Run, hearing: Hearing): number {
  if (!isSomebodyWaiting(run, hearing)) return Infinity;
  const { lastAtMs, looks, upTo } = hearing;
  // Heard before older ones can be pushed out unheard.
  if (lastAtMs === undefined || looks < HEARD_AT_ONCE || run.inbox.decided - upTo >= HEARD_TOGETHER) return run.ctx.now();
  if (run.inbox.decisions.some((d) => d.n > upTo && answersAlone(run, hearing, d))) return run.ctx.now();
  return lastAtMs + hearingPauseMs(lastAtMs - hearing.openedAtMs, run.plan.times.decisionTtlMs);
}

/** A typed safe answer of a listed person closes the gate, so it never waits, and no flood can be made of it. */
function answersAlone(run: Run, { subject }: Hearing, { decision }: ReceivedDecision): boolean {
  const { gate, option, by, signature } = decision;
  if (gate !== subject.gate || signature !== undefined || by === undefined) return false;
  if (findOption(run.plan.gates[subject.gate], option)?.safe !== true) return false;
  return run.plan.people.some((person) => person.id === by || person.handles.includes(by));
}

/** What people decided so far, `fresh` when somebody was attested just now; nothing when nobody said anything at this gate. */
export interface Answered {
  readonly tally: Tally;
  readonly fresh: boolean;
}

/** Attests whose turn it is, or with `last` all who wait, and counts. */
export async function hear(run: Run, hearing: Hearing, opened: OpenedGate, last: boolean): Promise<Answered | undefined> {
  const now = run.ctx.now();
  const fresh = (last || hearingAtMs(run, hearing) <= now) && (await takeUp(run, hearing, opened));
  return hearing.heard.length === 0 ? undefined : { tally: weigh(run, hearing, opened), fresh };
}

/** Attests once more whatever was heard: between the last look and now the run may have been reset, and the card be one of the run before. */
export async function hearAgain(run: Run, hearing: Hearing, opened: OpenedGate): Promise<Answered> {
  hearing.heard = await attest(
    run,
    hearing,
    opened,
    hearing.heard.map(({ received }) => received),
  );
  return { tally: weigh(run, hearing, opened), fresh: true };
}

async function takeUp(run: Run, hearing: Hearing, opened: OpenedGate): Promise<boolean> {
  const waiting = run.inbox.decisions.filter((d) => d.n > hearing.upTo);
  for (const { n, decision } of waiting) {
    if (n > hearing.namedUpTo && decision.gate !== hearing.subject.gate)
      run.inbox.ignore(`decide: gate ${decision.gate} is not open; ${hearing.subject.gate} is`);
  }
  // Taken before the call: whoever speaks while others are attested is heard by the next one.
  hearing.upTo = run.inbox.decided;
  hearing.namedUpTo = hearing.upTo;
  const ours = waiting.filter((d) => d.decision.gate === hearing.subject.gate);
  if (ours.length === 0) return false;
  const heard = await attest(run, hearing, opened, ours);
  for (const { attested, received } of heard) {
    if (attested.attestation === 'signed') run.inbox.listAuthorOf(received.decision);
  }
  hearing.heard = [...hearing.heard, ...heard];
  hearing.looks += 1;
  hearing.lastAtMs = run.ctx.now();
  return true;
}

async function attest(run: Run, hearing: Hearing, opened: OpenedGate, decisions: readonly ReceivedDecision[]): Promise<readonly Heard[]> {
  const { gate } = hearing.subject;
  const heard: Heard[] = [];
  for (let from = 0; from < decisions.length; from += CALL_LIMIT) {
    const part = decisions.slice(from, from + CALL_LIMIT);
    const attested = run.need(
      await run.ctx.call(
        'attest',
        {
          store: run.plan.store,
          subject: {
            workflowId: run.ctx.workflowId,
            runId: run.ctx.runId,
            gate,
            hashes: { ...hearing.hashes },
            people: run.plan.people,
          },
          decisions: part,
          opened: { gate: opened.gate, opening: opened.opening, fields: opened.fields, hash: opened.hash },
        },
        { summary: `Whose decisions are these? (${part.length} on gate ${gate})`, effect: 'read' },
      ),
      'The decisions could not be attested',
    );
    const byNumber = new Map(attested.map((one) => [one.n, one]));
    for (const received of part) {
      const found = byNumber.get(received.n);
      if (found !== undefined) heard.push({ received, attested: found });
    }
  }
  return heard;
}

function weigh(run: Run, hearing: Hearing, opened: OpenedGate): Tally {
  const { subject, spentUpTo } = hearing;
  const result = tally(
    run.plan.gates[subject.gate],
    {
      code: opened.code,
      nowMs: run.ctx.now(),
      decisionTtlMs: run.plan.times.decisionTtlMs,
      people: run.plan.people,
      ...(run.plan.starter === undefined ? {} : { starter: run.plan.starter }),
      starterKnown: run.input.trigger.kind !== 'person' || run.plan.starter !== undefined,
      armed: run.mayAct,
      extraPeople: subject.extraPeople,
      spentUpTo,
    },
    hearing.heard.map(({ attested }) => attested),
  );
  // A yes that counts stays although a flood under the same name pushed it out of the inbox.
  const stays = new Set([...run.inbox.decisions.map(({ n }) => n), ...result.decisions.filter((d) => d.counted).map(({ n }) => n)]);
  hearing.heard = hearing.heard.filter(({ received }) => stays.has(received.n));
  return result;
}

/** Publishes how everything was counted. */
export function showTally(run: Run, opened: OpenedGate, deadlineMs: number, result: Tally): void {
  run.open = { opened, tally: shownTally(result), deadlineMs };
  run.show();
}
