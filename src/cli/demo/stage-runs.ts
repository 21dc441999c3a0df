/** The runs of a stage's store: started, watched and decided upon as its people do. */
import type { Client } from '@temporalio/client';
import type { RunInput } from '../../domain/contract.js';
import { actingRunId } from '../../domain/contract.js';
import type { Decision } from '../../domain/decision.js';
import type { RunFacts, RunResult } from '../../domain/run-facts.js';
import { watchId } from '../../temporal/store-memory.js';
import { loadKey, signDecision } from '../../wiring.js';
import { decideUpdate, runStartOptions, stateQuery, storeStateQuery, TASK_QUEUES, WORKFLOWS } from '../../workflows/messages.js';
import type { LabPerson } from './common-config.js';
import { labAlert } from './lab-alert.js';
import { untilFacts, type RunToWatch } from './run-wait.js';
import type { StageRuns } from './stage-types.js';

/** Whose runs. */
export interface RunsOf {
  readonly client: Client;
  readonly store: string;
  readonly cluster: string;
  readonly people: readonly LabPerson[];
}

const LOOK_EVERY_MS = 50;

/** Binds the calls to a store. */
export function stageRuns({ client, store, cluster, people }: RunsOf): StageRuns {
  const acting = actingRunId(cluster);
  const facts = async (workflowId = acting): Promise<RunFacts> => client.workflow.getHandle(workflowId).query(stateQuery);
  const acted: RunToWatch = {
    facts,
    execution: async () => {
      const { runId, status } = await client.workflow.getHandle(acting).describe();
      return { runId, status: status.name };
    },
  };
  return {
    facts,
    start: async (overrides = {}) => {
      const run: RunInput = {
        schema: 1,
        store,
        mode: 'incident',
        trigger: { kind: 'alert', incident: `${store}-${Date.now()}`, atMs: Date.now(), alert: labAlert() },
        ...overrides,
      };
      const workflowId = run.mode === 'incident' || run.mode === 'planned' ? acting : `${run.mode}:${store}:${run.trigger.atMs}`;
      await client.workflow.start(WORKFLOWS.failover, { workflowId, taskQueue: TASK_QUEUES.act, args: [run], ...runStartOptions(run) });
      return workflowId;
    },
    until: async (what, predicate, timeoutMs = 60_000) => untilFacts(acted, what, predicate, { timeoutMs, everyMs: 100 }),
    untilSnapshot: async (predicate, timeoutMs = 20_000) => {
      const endMs = Date.now() + timeoutMs;
      for (;;) {
        const state = await client.workflow
          .getHandle(watchId(store))
          .query(storeStateQuery)
          .catch(() => undefined);
        if (state?.snapshot !== undefined && predicate(state.snapshot)) return state.snapshot;
        if (Date.now() > endMs) throw new Error(`never such a snapshot of ${store}; the last: ${JSON.stringify(state?.snapshot)}`);
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
    },
    decide: async (person, option, overrides = {}) => {
      const { open } = await facts();
      if (open === undefined) throw new Error('no gate is open');
      const { gate, code, hash } = open.opened;
      const who = people.find((p) => p.id === person);
      if (who === undefined) throw new Error(`no person ${person} in the lab`);
      const decision: Decision = { schema: 1, gate, option, code, reason: `by ${person} of the lab`, ...overrides };
      const signed = signDecision(decision, hash, person, await loadKey(`file:${who.keyFile}`), who.keyId);
      await client.workflow.getHandle(acting).executeUpdate(decideUpdate, { args: [signed] });
    },
    signal: async (name, payload) => client.workflow.getHandle(acting).signal(name, payload),
    result: async (workflowId = acting) => client.workflow.getHandle<() => Promise<RunResult>>(workflowId).result(),
  };
}
