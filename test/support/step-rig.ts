/** One run on a virtual clock whose activities are answered by the test: for single steps, where a whole simulated night would hide the point. */
import type { ActivityName } from '../../src/activities/index.js';
import type { Plan } from '../../src/domain/plan.js';
import { Inbox } from '../../src/workflows/inbox.js';
import type { ActivityInput, ActivityResult, Outcome, RunContext } from '../../src/workflows/run-context.js';
import { Run } from '../../src/workflows/run.js';
import { NOW_MS } from './build-facts.js';
import { buildPlan } from './build-run.js';
import { createVirtualClock, type VirtualClock } from './virtual-clock.js';
import { createWaiters } from './waiters.js';

/** What the test answers, by activity. Pages are delivered, cards are made and decisions are taken for signed unless it says otherwise. */
export type Answers = { readonly [N in ActivityName]?: (input: ActivityInput<N>) => Outcome<ActivityResult<N>> };

export interface StepRig {
  readonly clock: VirtualClock;
  readonly run: Run;
  readonly inbox: Inbox;
  /** Every call in order, with the moment it was made. */
  readonly calls: readonly { readonly name: ActivityName; readonly input: unknown; readonly atMs: number }[];
  /** Sends the decision of a person on the card that is shown now. */
  decide(person: string, option: string): void;
}

/** A call takes a moment, so that what waits beside it can run. */
const CALL_MS = 10;

export const done = <T>(value: T): Outcome<T> => ({ kind: 'done', value });

const USUAL: Answers = {
  notify: () => done({ delivered: true, problem: '' }),
  attest: ({ decisions }) =>
    done(
      decisions.map(({ n, atMs, decision: { option, code, by } }) => ({
        n,
        atMs,
        option,
        code,
        reason: '',
        person: by ?? '',
        attestation: 'signed' as const,
        problem: '',
      })),
    ),
};

/** Creates the run. Its plan is armed unless `changes` say otherwise. */
export function createStepRig(answers: Answers, changes: Partial<Plan> = {}): StepRig {
  const clock = createVirtualClock(NOW_MS);
  const waiters = createWaiters(clock);
  clock.whenAtRest(() => waiters.look());
  const inbox = new Inbox(() => clock.now());
  const calls: { readonly name: ActivityName; readonly input: unknown; readonly atMs: number }[] = [];
  let cards = 0;
  const openGate: Answers['openGate'] = ({ subject, opening }) => {
    cards += 1;
    return done({
      schema: 1,
      gate: subject.gate,
      opening,
      fields: [],
      hash: String(cards).padStart(64, '0'),
      code: String(cards).padStart(10, '0'),
      card: subject.title,
      openedAtMs: clock.now(),
      archived: '',
      archiveProblem: '',
    });
  };
  const all: Answers = { ...USUAL, openGate, ...answers };
  const ctx: RunContext = {
    workflowId: 'failover:geosync',
    runId: 'run-1',
    call: async (name, input) => {
      calls.push({ name, input, atMs: clock.now() });
      await clock.sleep(CALL_MS);
      const answer = all[name];
      if (answer === undefined) throw new Error(`this test has no answer for ${name}`);
      return answer(input);
    },
    background: (name) => {
      throw new Error(`this test starts no ${name} beside the run`);
    },
    child: () => Promise.resolve(),
    waitUntil: (predicate, timeoutMs) => waiters.wait(predicate, timeoutMs),
    now: () => clock.now(),
    show: () => undefined,
  };
  const plan = buildPlan(changes);
  const run = new Run(
    ctx,
    inbox,
    plan,
    { schema: 1, store: plan.store, mode: plan.mode, trigger: { kind: 'alert', incident: plan.incident, atMs: NOW_MS } },
    undefined,
  );
  return {
    clock,
    run,
    inbox,
    calls,
    decide: (person, option) => {
      const card = run.open?.opened;
      if (card === undefined) throw new Error(`no gate is open for the ${option} of ${person}`);
      inbox.decide({ schema: 1, gate: card.gate, option, code: card.code, by: person }, 'update');
    },
  };
}
