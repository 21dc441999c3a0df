/** What goes to people and what comes back from them. */
import { CARD_OF_EARLIER_RUN, type AttestedDecision, type ReceivedDecision } from '../domain/decision.js';
import { renderCard } from '../domain/card.js';
import { crockford, hashedText } from '../domain/evidence-rules.js';
import type { OpenedGate } from '../domain/evidence.js';
import { cardInput, gateFields, type GateSubject } from '../domain/gate-evidence.js';
import type { Plan } from '../domain/plan.js';
import type { PauseFacts, RunFacts } from '../domain/run-facts.js';
import type { AttestationSubject } from '../ports/attestation.js';
import type { StorePorts } from '../ports/index.js';
import type { Notice } from '../ports/notifier.js';
import type { ActivityDeps } from './deps.js';
import { sentenceOf } from './failures.js';
import { applicationLogins, observeStore } from './observing.js';
import { withKey, type ActivityScope } from './scope.js';

export interface OpenGateInput {
  readonly plan: Plan;
  readonly facts: RunFacts;
  readonly subject: GateSubject;
  readonly opening: number;
  readonly deadlineMs: number;
  readonly key: string;
}

export interface NotifyResult {
  readonly delivered: boolean;
  readonly problem: string;
}

export function createPeopleActivities(deps: ActivityDeps) {
  return {
    /** Sends one notice. A failure is a result, not an error: it never stops a failover. */
    async notify(input: { readonly store: string; readonly notice: Notice }, scope: ActivityScope): Promise<NotifyResult> {
      return deps
        .portsFor(input.store)
        .notifier.send(input.notice, withKey(scope, input.notice.id))
        .then(
          () => ({ delivered: true, problem: '' }),
          (error: unknown) => ({ delivered: false, problem: sentenceOf(error) }),
        );
    },

    /**
     * Opens a gate (design S9): reads the evidence, stores the raw bodies in the archive, hashes the canonical fields and returns the card.
     * Its result in history is the durable card.
     */
    async openGate(input: OpenGateInput, scope: ActivityScope): Promise<OpenedGate> {
      const { plan, facts, subject, opening } = input;
      const ports = deps.portsFor(plan.store);
      const standbys = plan.nodes.filter((n) => subject.logins.includes(n.name));
      const [observation, logins, pause] = await Promise.all([
        observeStore(ports, plan, false, scope),
        applicationLogins(ports, standbys, scope),
        pauseNow(ports, facts.pause, scope),
      ]);
      const fields = gateFields(subject, plan, facts, observation, logins);
      const hash = deps.sha256(hashedText({ gate: subject.gate, runId: scope.runId, opening, fields }));
      const code = crockford(hash);
      const openedAtMs = scope.now();
      const card = renderCard(
        cardInput({
          subject: told(subject, facts.pause, pause),
          plan,
          facts: { ...facts, pause },
          observation,
          fields,
          hash,
          code,
          opening,
          openedAtMs,
          deadlineMs: input.deadlineMs,
        }),
      );
      // The name is derived from the hash: the same opening, repeated after a lost result, finds its own document.
      const archived = await ports.archive
        .put(
          `${archiveName(plan.store)}/${archiveName(plan.incident)}/gate-${subject.gate}-${opening}-${hash.slice(0, 12)}.json`,
          JSON.stringify({ schema: 1, kind: 'gate', gate: subject.gate, opening, hash, fields, observation, logins, card }, null, 2),
          withKey(scope, input.key),
        )
        .then(
          (where) => ({ archived: where, archiveProblem: '' }),
          // Evidence stays in history; a full disk stops no failover. The run names it.
          (error: unknown) => ({ archived: '', archiveProblem: sentenceOf(error) }),
        );
      return { schema: 1, gate: subject.gate, opening, fields, hash, code, card, openedAtMs, ...archived };
    },

    /**
     * Finds out whose decisions these are. After a Reset the run keeps the card of the run before it, and Temporal sends the decisions of
     * that run again: a card whose hash does not come out with this run's id was shown by another run, and nothing unsafe said on it counts.
     */
    async attest(
      input: {
        readonly store: string;
        readonly subject: AttestationSubject;
        readonly decisions: readonly ReceivedDecision[];
        readonly opened: Pick<OpenedGate, 'gate' | 'opening' | 'fields' | 'hash'>;
      },
      scope: ActivityScope,
    ): Promise<readonly AttestedDecision[]> {
      const attested = await deps.portsFor(input.store).attestation.attest(input.subject, input.decisions, scope);
      const { gate, opening, fields, hash } = input.opened;
      if (deps.sha256(hashedText({ gate, runId: scope.runId, opening, fields })) === hash) return attested;
      return attested.map(({ n, atMs, option, code, reason, person }) => ({
        n,
        atMs,
        option,
        code,
        reason,
        ...(person === undefined ? {} : { person }),
        problem: CARD_OF_EARLIER_RUN,
      }));
    },
  };
}

/** A pause that was proven may have been undone since (an autoscaler, a person): a card never says that trading stands still unless it does. */
async function pauseNow(ports: StorePorts, pause: PauseFacts, scope: ActivityScope): Promise<PauseFacts> {
  if (pause.state !== 'proven') return pause;
  const { state, detail } = await ports.tradingPause.state(scope);
  return state === 'trading' ? { ...pause, state: 'unproven', detail } : pause;
}

function told(subject: GateSubject, before: PauseFacts, now: PauseFacts): GateSubject {
  return before === now ? subject : { ...subject, lines: [`Trading runs again although it was stopped: ${now.detail}.`, ...subject.lines] };
}

/** Incident ids come from alerts and people; archive names have a small alphabet, begin with no dot, and are never empty (jsonl/name.ts). */
export function archiveName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/\.{2,}/g, '-')
    .replace(/^\./, '-')
    .slice(0, 80);
  return name === '' ? '-' : name;
}
