/** Binds the runbook to Temporal: handlers first, then the run; a new epoch is a continue-as-new. */
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineSignal,
  log,
  setCurrentDetails,
  setDefaultSignalHandler,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { isHandOver, isStart, type HandOver, type RunInput } from '../domain/contract.js';
import { manualContinuation } from '../domain/manual-continuation.js';
import { manualInput } from '../domain/manual-input.js';
import { renderDetails } from '../domain/details.js';
import type { RunFacts, RunResult } from '../domain/run-facts.js';
import { Inbox, SIGNAL_NAMES } from './inbox.js';
import { cardQuery, decideUpdate, decisionsQuery, manualQuery, SEARCH_ATTRIBUTES, SIGNAL_DESCRIPTIONS, stateQuery } from './messages.js';
import type { Run } from './run.js';
import { runbook } from './runbook.js';
import { temporalContext } from './temporal-context.js';

/** The acting run of a cluster (id `failover:<cluster>`), an exercise, or a rehearsal. */
export async function failover(input: RunInput | HandOver): Promise<RunResult> {
  if (!isStart(input))
    throw ApplicationFailure.nonRetryable('The run was started with something that is no run input.', 'HF_SIGNAL_NONSENSE');
  const inbox = new Inbox(() => Date.now());
  let run: Run | undefined;
  registerHandlers(inbox, () => run);
  const first = isHandOver(input) ? input.run.trigger.alert : input.trigger.alert;
  if (first !== undefined && !isHandOver(input)) inbox.receive('alert', first);
  if (isHandOver(input)) for (const alert of input.unreadAlerts) inbox.receive('alert', alert);

  const context = temporalContext(publish);
  const end = await runbook(context, inbox, input, (created) => {
    run = created;
  });
  await condition(allHandlersFinished);
  if (end.kind === 'continue') return continueAsNew<typeof failover>(end.handOver);
  return end.result;
}

function registerHandlers(inbox: Inbox, run: () => Run | undefined): void {
  for (const name of SIGNAL_NAMES) {
    setHandler(defineSignal<[unknown]>(name), (payload) => inbox.receive(name, payload), { description: SIGNAL_DESCRIPTIONS[name] });
  }
  setDefaultSignalHandler((name, payload) => {
    inbox.receive(name, payload);
    log.warn('ignored a signal of an unknown name', { name });
  });
  setHandler(
    decideUpdate,
    (payload) => {
      const kept = inbox.decide(payload, 'update');
      // The validator has parsed it already; were it otherwise, that is a modelled refusal, never a plain Error.
      if (!kept.ok) throw ApplicationFailure.nonRetryable(kept.why, 'HF_DECISION_REFUSED');
      return { n: kept.n, gate: run()?.open?.opened.gate ?? '' };
    },
    {
      description: 'The same as the signal `decide`, for CLI and page: the answer comes at once. Counts as signed or declared only.',
      validator: (payload) => validateDecision(payload, run()),
    },
  );
  setHandler(cardQuery, () => run()?.open?.opened.card ?? renderDetails(run()?.facts(), inbox.ignored));
  setHandler(stateQuery, () => run()?.facts() ?? noRunYet(inbox));
  setHandler(decisionsQuery, () => run()?.open?.tally?.decisions ?? []);
  setHandler(manualQuery, () => {
    const current = run();
    return current === undefined
      ? 'The plan is not resolved yet; follow the runbook from its first step.'
      : manualContinuation(manualInput(current.plan, current.facts(), Date.now()));
  });
}

/** Before there is a plan, clients still learn that the run exists and why it waits. */
function noRunYet(inbox: Inbox): RunFacts {
  const info = workflowInfo();
  return {
    schema: 1,
    workflowId: info.workflowId,
    runId: info.runId,
    store: '',
    cluster: '',
    mode: 'incident',
    incident: '',
    epoch: 0,
    armed: false,
    startedAtMs: info.startTime.getTime(),
    planHash: '',
    steps: [],
    gates: [],
    pause: { state: 'none', because: '', detail: '' },
    fences: [],
    unfenced: [],
    truth: [],
    errors: [],
    ignored: inbox.ignored,
    alerts: { recorded: inbox.alerts.length, counted: inbox.countedAlerts },
    notes: [],
  };
}

/** Synchronous by law: an async validator is never awaited (measured). Says at once what would not count. */
function validateDecision(payload: unknown, run: Run | undefined): void {
  const refuse = (code: string, why: string): never => {
    throw ApplicationFailure.nonRetryable(why, code);
  };
  const parsed = Inbox.parse(payload);
  if (!parsed.ok) return refuse('HF_SIGNAL_NONSENSE', parsed.why);
  const open = run?.open;
  if (open === undefined) return refuse('HF_DECISION_REFUSED', 'No gate is open.');
  const { gate, option, code } = parsed.decision;
  if (gate !== open.opened.gate) return refuse('HF_DECISION_REFUSED', `Gate ${gate} is not open; ${open.opened.gate} is.`);
  const policy = run?.plan.gates[open.opened.gate as keyof Run['plan']['gates']];
  const known = policy?.options.find((o) => o.name === option);
  if (known === undefined)
    return refuse(
      'HF_DECISION_REFUSED',
      `Gate ${gate} has no option ${option}; it has ${policy?.options.map((o) => o.name).join(', ') ?? 'none'}.`,
    );
  if (!known.safe && code !== open.opened.code)
    return refuse(
      'HF_DECISION_STALE',
      `The code ${code === '' ? 'is missing' : code + ' is not the one shown'}; the card now shows ${open.opened.code}.`,
    );
}

/** Current details and search attributes. Attributes are upserted only when they change: each upsert is an event. */
function publish(facts: RunFacts, published: Map<string, string>): void {
  setCurrentDetails(renderDetails(facts, facts.ignored));
  const values: Record<Exclude<keyof typeof SEARCH_ATTRIBUTES, 'armed'>, string> = {
    store: facts.store,
    cluster: facts.cluster,
    mode: facts.mode,
    step: facts.steps.at(-1)?.step ?? 'plan',
    gate: facts.open?.opened.gate ?? 'none',
    verdict: facts.judgement?.verdict.code ?? 'none',
    trading: facts.pause.state,
    outcome: facts.result?.outcome ?? 'open',
  };
  const changed = (Object.keys(values) as (keyof typeof values)[]).filter((k) => published.get(k) !== values[k]);
  if (changed.length === 0) return;
  for (const k of changed) published.set(k, values[k]);
  upsertSearchAttributes(changed.map((k) => ({ key: SEARCH_ATTRIBUTES[k], value: values[k] })));
}
