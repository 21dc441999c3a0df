import { resolvePlan, storeOf } from '../../config/resolve-plan.js';
import { runId } from '../../domain/contract.js';
import type { Mode, RunInput } from '../../domain/contract.js';
import { withClient } from '../context.js';
import type { CliContext, CommandResult, CommonOptions } from '../context.js';
import { incidentName, personIdOf } from '../targets.js';
import { watchRun } from './watch.js';

/** Options of `run` and `rehearse`. */
export interface RunOptions extends CommonOptions {
  readonly mode: Mode;
  readonly reason: string;
  readonly as?: string;
  /** Follow the run until it ends. */
  readonly wait?: boolean;
}

/** Starts a run as a person. The plan is resolved here first, so that a refusal is told at once instead of by a failing run. */
export async function runCommand(context: CliContext, storeName: string, options: RunOptions): Promise<CommandResult> {
  const { config } = await context.load(options.config);
  const store = storeOf(config, storeName);
  const atMs = context.now();
  const by = options.as === undefined ? undefined : personIdOf(config, options.as);
  const input: RunInput = {
    schema: 1,
    store: storeName,
    mode: options.mode,
    trigger: { kind: 'person', incident: incidentName(storeName, atMs), atMs, reason: options.reason, ...(by === undefined ? {} : { by }) },
  };
  resolvePlan({ config, input, arming: { armed: false } });
  return withClient(context, config, async (client) => {
    const workflowId = runId(input, store.cluster.name);
    const started = await client.start(workflowId, input);
    if (options.wait === true) return watchRun(context, client, workflowId, options);
    return {
      data: { workflowId, runId: started.runId, incident: input.trigger.incident, mode: options.mode },
      text: `Run ${workflowId} started (${options.mode}, incident ${input.trigger.incident}).\nFollow it: holdfast watch ${options.mode === 'incident' || options.mode === 'planned' ? storeName : workflowId}`,
    };
  });
}
