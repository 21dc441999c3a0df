/** A gate: shows the card, waits for people, and never lets a decision pass that was bound to other evidence (design §3, S9). */
import { differences, reopenDelayMs } from '../../domain/evidence-rules.js';
import type { EvidenceDifference, OpenedGate } from '../../domain/evidence.js';
import { findOption } from '../../domain/gate-policy.js';
import { gateFields, type GateSubject } from '../../domain/gate-evidence.js';
import { standingAnswer } from '../../domain/standing.js';
import type { GateRecord } from '../../domain/run-facts.js';
import { CARD_OF_EARLIER_RUN, type Tally } from '../../domain/decision.js';
import { tally } from '../../domain/tally.js';
import { RunStopped, type Run } from '../run.js';
import { safePoint, type Sentry } from './sentry.js';
import type { Logins } from '../../activities/observing.js';

/** At most this many openings of one gate; after that a person is asked for a bound (design S9). */
export const OPENINGS_LIMIT = 20;

/** Gates that the meeting of a second writer may open itself: it is not met again from within them. */
const INNER_GATES: readonly string[] = ['unfenced', 'inconclusive'];

/**
 * `superseded`: the evidence names another candidate; choose again. `done-by-hand` is the answer of whoever did the stuck step: each step proves it by looking again,
 * and believes nothing.
 */
export interface GateAnswer {
  readonly option: string;
  readonly opened: OpenedGate;
  readonly answeredBy: 'people' | 'standing' | 'silence';
  readonly people: readonly string[];
}

interface Wait {
  readonly openedAtMs: number;
  readonly deadlineMs: number;
  readonly hashes: Record<string, string>;
  readonly key: string;
  attestedUpTo: number;
  /** The next person was called: half of the time is over. Once, however often the gate is opened. */
  calledNext: boolean;
  opening: number;
  /** Openings of earlier gates of this name: counted on, so that no two openings of a run share a code even on equal evidence. */
  readonly earlier: number;
}

/**
 * Opens the gate and waits until it is answered, by people, by a standing approval, or by silence (its safe option).
 * `notAfterMs`: the deadline of an earlier gate about the same question; asking again never moves it (design S9). A gate that is opened
 * while another one waits ends with it at the latest: whoever does not answer keeps no safe outcome waiting (design S7).
 */
export async function passGate(run: Run, sentry: Sentry | undefined, subject: GateSubject, notAfterMs = Infinity): Promise<GateAnswer> {
  const policy = run.plan.gates[subject.gate];
  const openedAtMs = run.ctx.now();
  const outer = run.open;
  const wait: Wait = {
    openedAtMs,
    deadlineMs: Math.min(openedAtMs + policy.deadlineMs, notAfterMs, outer?.deadlineMs ?? Infinity),
    hashes: {},
    key: run.key(`gate-${subject.gate}`),
    attestedUpTo: run.inbox.decisions.length,
    opening: 0,
    calledNext: false,
    earlier: openingsSoFar(run, subject),
  };
  const index = run.gates.length;
  const spentUpTo = run.inbox.decisions.length;
  try {
    for (;;) {
      wait.opening += 1;
      const opened = await open(run, subject, wait);
      if (isSuperseded(subject, opened)) return { option: 'superseded', opened, answeredBy: 'standing', people: [] };
      run.gates[index] = { ...gateRecord(subject, opened, wait), openings: wait.opening };
      run.open = { opened, deadlineMs: wait.deadlineMs };
      run.show();
      announce(run, subject, opened, wait.opening);
      const standing = standingAnswer(subject.gate, run.plan, run.judgement, run.loss, run.unfenced, run.ctx.now());
      const answer: GateAnswer | undefined =
        standing === undefined
          ? await decide(run, sentry, subject, opened, wait, spentUpTo)
          : { option: standing.option, opened, answeredBy: 'standing', people: standing.people };
      if (answer !== undefined) {
        run.gates[index] = {
          ...gateRecord(subject, opened, wait),
          openings: wait.opening,
          closedAtMs: run.ctx.now(),
          option: answer.option,
          people: answer.people,
          answeredBy: answer.answeredBy,
        };
        return answer;
      }
      if (wait.opening >= OPENINGS_LIMIT) {
        run.tell(
          [policy.lastResort],
          'page',
          `Gate ${subject.gate}: the evidence does not hold still`,
          `It was opened ${OPENINGS_LIMIT} times. Somebody must say what bound is acceptable.`,
        );
      }
    }
  } finally {
    run.open = outer;
    run.show();
  }
}

/** The opening read everything again and another candidate is best now: nobody is asked about the old one. */
function isSuperseded(subject: GateSubject, opened: OpenedGate): boolean {
  return subject.gate === 'promote' && opened.fields.find((f) => f.name === 'candidate')?.value !== subject.candidate;
}

function openingsSoFar(run: Run, subject: GateSubject): number {
  return run.gates.filter((g) => g.gate === subject.gate).reduce((sum, g) => sum + g.openings, 0);
}

async function open(run: Run, subject: GateSubject, wait: Wait): Promise<OpenedGate> {
  const opened = run.need(
    await run.ctx.call(
      'openGate',
      { plan: run.plan, facts: run.facts(), subject, opening: wait.earlier + wait.opening, deadlineMs: wait.deadlineMs, key: wait.key },
      { summary: `Open gate ${subject.gate}, opening ${wait.earlier + wait.opening}: read evidence, make the card`, effect: 'repeatable' },
    ),
    `The gate ${subject.gate} could not be opened`,
  );
  if (opened.archiveProblem !== '')
    run.fail({ code: 'HF_ARCHIVE_FAILED', message: opened.archiveProblem, evidence: { gate: subject.gate } });
  wait.hashes[opened.code] = opened.hash;
  return opened;
}

function gateRecord(subject: GateSubject, opened: OpenedGate, wait: Wait): GateRecord {
  return { gate: subject.gate, openedAtMs: wait.openedAtMs, openings: wait.opening, people: [], code: opened.code, hash: opened.hash };
}

function announce(run: Run, subject: GateSubject, opened: OpenedGate, opening: number): void {
  // A card that was opened again has another code: whoever was paged with the old one must hear of it.
  const again = opening === 1 ? '' : ', new card: earlier codes are void';
  run.tell(run.plan.gates[subject.gate].roles, 'page', `${run.plan.store}: your yes is needed (${subject.gate}${again})`, opened.card);
}

/** Half of the time is over: the next person is called, once. */
function callNextPerson(run: Run, subject: GateSubject, wait: Wait): void {
  const policy = run.plan.gates[subject.gate];
  wait.calledNext = true;
  run.tell(
    [policy.nextPerson],
    'page',
    `${run.plan.store}: gate ${subject.gate} is still open`,
    `Half of its time is over. On silence: ${policy.onSilence}.`,
  );
}

/** Waits on one opening. Returns nothing when the evidence got worse: then the gate is opened again with a new code. */
async function decide(
  run: Run,
  sentry: Sentry | undefined,
  subject: GateSubject,
  opened: OpenedGate,
  wait: Wait,
  spentUpTo: number,
): Promise<GateAnswer | undefined> {
  const policy = run.plan.gates[subject.gate];
  const halfwayAtMs = Math.floor((wait.openedAtMs + wait.deadlineMs) / 2);
  let heard = wait.attestedUpTo;
  let reports = sentry?.reports ?? 0;
  let rechecks = run.inbox.rechecks;
  let byHand = run.inbox.doneByHand.length;
  let alerts = run.inbox.alerts.length;
  const mayReopenAtMs = opened.openedAtMs + reopenDelayMs(wait.opening, run.plan.times.reopenMs);
  let worse: readonly EvidenceDifference[] = [];
  for (;;) {
    safePoint(run);
    // Taken before the count: a decision that arrives while others are attested must wake the wait below.
    heard = run.inbox.decisions.length;
    const answered = await count(run, subject, opened, wait, spentUpTo);
    wait.attestedUpTo = heard;
    if (answered !== undefined && answered.option !== undefined) {
      const safe = findOption(policy, answered.option)?.safe === true;
      // An unsafe answer on evidence that is known to be worse waits for the new opening; the safe one never waits.
      if (safe || worse.length === 0) return { option: answered.option, opened, answeredBy: 'people', people: answered.people };
    }
    if (answered?.decisions.some((d) => d.problem === CARD_OF_EARLIER_RUN) === true && wait.opening < OPENINGS_LIMIT) return undefined;
    const now = run.ctx.now();
    if (now >= wait.deadlineMs) return silence(run, subject, opened);
    if (worse.length > 0 && now >= mayReopenAtMs && wait.opening < OPENINGS_LIMIT) return undefined;
    // Everything that wakes the wait below is taken up here: what stayed "new" would spin the workflow task for ever.
    alerts = run.inbox.alerts.length;
    const hands = run.inbox.doneByHand.slice(byHand);
    byHand = run.inbox.doneByHand.length;
    const doers = hands.map((s) => s.by).filter((by) => run.plan.people.some((p) => p.id === by));
    if (doers.length > 0) return { option: 'done-by-hand', opened, answeredBy: 'people', people: doers };
    if (hands.length > 0) run.inbox.ignore('done-by-hand: `by` is not a person of the plan');
    if (run.inbox.rechecks !== rechecks) {
      rechecks = run.inbox.rechecks;
      // At `inconclusive` looking again is itself an answer; elsewhere the evidence of this gate is read again.
      if (subject.gate === 'inconclusive') return { option: 'recheck', opened, answeredBy: 'people', people: [] };
      if (wait.opening < OPENINGS_LIMIT) return undefined;
      run.inbox.ignore(`recheck: gate ${subject.gate} was opened ${OPENINGS_LIMIT} times; it is read again no more`);
    }
    const nextMs = Math.min(wait.deadlineMs, wait.calledNext ? Infinity : halfwayAtMs, worse.length > 0 ? mayReopenAtMs : Infinity);
    await run.ctx.waitUntil(
      () =>
        run.inbox.decisions.length > heard ||
        run.inbox.aborted !== undefined ||
        run.inbox.rechecks !== rechecks ||
        run.inbox.doneByHand.length !== byHand ||
        // An incident outranks planned work: the safe point above ends the epoch.
        (run.plan.mode === 'planned' && run.inbox.alerts.length !== alerts) ||
        (sentry?.reports ?? 0) !== reports,
      Math.max(nextMs - now, 0),
      `Gate ${subject.gate} waits for people; on silence: ${policy.onSilence}`,
    );
    if (!wait.calledNext && run.ctx.now() >= halfwayAtMs) callNextPerson(run, subject, wait);
    if ((sentry?.reports ?? 0) !== reports && run.seen !== undefined) {
      reports = sentry?.reports ?? 0;
      // An old primary that comes back while people think is fenced at once; the gate then shows a new card (fence, pause, then on).
      if (sentry !== undefined && sentry.alarm().length > 0 && !INNER_GATES.includes(subject.gate)) {
        await run.guard?.();
        run.open = { opened, deadlineMs: wait.deadlineMs };
      }
      worse = differences(opened.fields, gateFields(subject, run.plan, run.facts(), run.seen, shownLogins(opened)));
      if (worse.length > 0) {
        run.inbox.ignore(`card ${opened.code} of gate ${subject.gate} is void: ${worse.map((d) => d.sentence).join(' ')}`);
        run.show();
      }
    }
  }
}

/** A watcher does not log in as the application: what the card showed stands until the next opening reads it again. */
function shownLogins(opened: OpenedGate): Logins {
  return Object.fromEntries(
    opened.fields
      .filter((f) => f.name.startsWith('login:'))
      .map((f) => [f.name.slice('login:'.length), { ok: f.value === true, sentence: '' }]),
  );
}

async function count(run: Run, subject: GateSubject, opened: OpenedGate, wait: Wait, spentUpTo: number): Promise<Tally | undefined> {
  const received = run.inbox.decisions.filter((d) => d.n > spentUpTo && d.decision.gate === subject.gate);
  for (const other of run.inbox.decisions.slice(wait.attestedUpTo)) {
    if (other.decision.gate !== subject.gate) run.inbox.ignore(`decide: gate ${other.decision.gate} is not open; ${subject.gate} is`);
  }
  if (received.length === 0) return undefined;
  const attested = run.need(
    await run.ctx.call(
      'attest',
      {
        store: run.plan.store,
        subject: {
          workflowId: run.ctx.workflowId,
          runId: run.ctx.runId,
          gate: subject.gate,
          hashes: { ...wait.hashes },
          people: run.plan.people,
        },
        decisions: received,
        opened: { gate: opened.gate, opening: opened.opening, fields: opened.fields, hash: opened.hash },
      },
      { summary: `Whose decisions are these? (${received.length} on gate ${subject.gate})`, effect: 'read' },
    ),
    'The decisions could not be attested',
  );
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
    attested,
  );
  run.open = { opened, tally: result, deadlineMs: wait.deadlineMs };
  run.show();
  return result;
}

/** Nobody answered: the safe option is taken and made true (design S7): trading is paused and proven, or people are told to do it by hand. */
async function silence(run: Run, subject: GateSubject, opened: OpenedGate): Promise<GateAnswer> {
  const policy = run.plan.gates[subject.gate];
  const option = policy.onSilence;
  if (findOption(policy, option)?.safe !== true) throw new RunStopped('handed-over', `Gate ${subject.gate} has no safe answer on silence.`);
  if (run.plan.armed) await run.pauseNow?.(`nobody answered gate ${subject.gate}`);
  const byHand = run.plan.armed ? '' : ` This store is disarmed, so nothing was paused. By hand: ${run.plan.adapters.pause.manualKill}`;
  run.tell(
    [policy.lastResort],
    'page',
    `${run.plan.store}: nobody answered gate ${subject.gate}`,
    `Its time is over; taken: ${option}.${byHand}`,
  );
  return { option, opened, answeredBy: 'silence', people: [] };
}
