import { HoldfastError } from '../../domain/errors.js';
import type { RunFacts, RunResult } from '../../domain/run-facts.js';
import { withClient } from '../context.js';
import type { CliContext, CommandResult, CommonOptions } from '../context.js';
import { EXIT_CODES, exitCodeOfOutcome } from '../exit-codes.js';
import type { RunClient } from '../run-client.js';
import { lineText, runLines } from '../run-lines.js';
import { workflowIdOf } from '../targets.js';

/** Pause between two looks. */
const LOOK_EVERY_MS = 1000;
const CLEAR_SCREEN = '\u001b[2J\u001b[H';

/** Follows a run until it ends. On a terminal the open gate’s card stays on screen; elsewhere one line a change (JSON lines on request). */
export async function watchCommand(
  context: CliContext,
  word: string,
  options: CommonOptions & { readonly once?: boolean },
): Promise<CommandResult> {
  const { config } = await context.load(options.config);
  return withClient(context, config, (client) => watchRun(context, client, workflowIdOf(config, word), options));
}

/** As `watchCommand`, for a run that is already named. */
export async function watchRun(
  context: CliContext,
  client: RunClient,
  workflowId: string,
  options: CommonOptions & { readonly once?: boolean },
): Promise<CommandResult> {
  let seen: RunFacts | undefined;
  for (;;) {
    const facts = await look(context, client, workflowId);
    if (facts !== undefined) {
      await show(context, client, workflowId, seen, facts, options);
      seen = facts;
      if (facts.result !== undefined) return ended(workflowId, facts.result);
    } else {
      const status = await client.status(workflowId);
      if (status === undefined) throw new HoldfastError('HF_RUN_NOT_FOUND', '', { run: workflowId });
      if (status.status === 'completed') return ended(workflowId, status.result as RunResult);
      if (status.status !== 'running' && status.status !== 'continued') {
        return {
          data: { workflowId, status: status.status },
          text: `Run ${workflowId} is ${status.status}.`,
          exit: EXIT_CODES.notVerified,
          streamed: true,
        };
      }
    }
    if (options.once === true || context.signal.aborted) return { data: { workflowId, state: seen }, text: '', streamed: true };
    await context.sleep(LOOK_EVERY_MS);
  }
}

/** The run’s state; undefined while no worker answers, which is said and does not end the watching. */
async function look(context: CliContext, client: RunClient, workflowId: string): Promise<RunFacts | undefined> {
  try {
    return (await client.query(workflowId, 'state')) as RunFacts;
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'HF_TEMPORAL_UNREACHABLE') throw error;
    context.err('No worker answers for this run at the moment; it loses nothing and goes on when one is back.');
    return undefined;
  }
}

async function show(
  context: CliContext,
  client: RunClient,
  workflowId: string,
  before: RunFacts | undefined,
  facts: RunFacts,
  options: CommonOptions,
): Promise<void> {
  const lines = runLines(before, facts, context.now());
  if (options.output === 'json') {
    for (const line of lines) context.out(JSON.stringify(line));
    return;
  }
  if (!context.isTty) {
    for (const line of lines) context.out(lineText(line));
    return;
  }
  if (lines.length === 0) return;
  const all = runLines(undefined, facts, context.now()).map(lineText);
  const card = facts.open === undefined ? [] : ['', String(await client.query(workflowId, 'card'))];
  context.out(`${CLEAR_SCREEN}${[`${workflowId}  ${facts.mode}${facts.armed ? '' : '  (disarmed)'}`, '', ...all, ...card].join('\n')}`);
}

function ended(workflowId: string, result: RunResult): CommandResult {
  return { data: { workflowId, result }, text: result.summary, exit: exitCodeOfOutcome(result.outcome), streamed: true };
}
