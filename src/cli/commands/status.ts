import type { CountedDecision } from '../../domain/decision.js';
import { formatDuration, formatInstant } from '../../domain/duration.js';
import type { Config } from '../../config/schema.js';
import { withClient } from '../context.js';
import type { CliContext, CommandResult, CommonOptions } from '../context.js';
import type { RunClient } from '../run-client.js';
import { table } from '../table.js';
import { workflowIdOf } from '../targets.js';

/** Options of `status`. */
export interface StatusOptions extends CommonOptions {
  readonly all?: boolean;
  readonly manual?: boolean;
}

/** Kinds that are always there and are listed only on request. */
const BACKGROUND = ['watch', 'sentinel', 'afterwards'];

/** Lists open runs, or shows one. */
export async function statusCommand(context: CliContext, word: string, options: StatusOptions): Promise<CommandResult> {
  const { config } = await context.load(options.config);
  return withClient(context, config, (client) =>
    word === '' ? listRuns(context, client, options) : showRun(client, config, word, options),
  );
}

async function listRuns(context: CliContext, client: RunClient, options: StatusOptions): Promise<CommandResult> {
  const open = (await client.openRuns()).filter((run) => options.all === true || !BACKGROUND.includes(run.kind));
  const rows = open.map((run) => [
    run.workflowId,
    formatInstant(run.startedAtMs),
    formatDuration(context.now() - run.startedAtMs),
    run.runId,
  ]);
  return { data: { runs: open }, text: open.length === 0 ? 'No run is open.' : table(['RUN', 'STARTED', 'OPEN FOR', 'RUN ID'], rows) };
}

async function showRun(client: RunClient, config: Config, word: string, options: StatusOptions): Promise<CommandResult> {
  const workflowId = workflowIdOf(config, word);
  if (options.manual === true) {
    const manual = String(await client.query(workflowId, 'manual-continuation'));
    return { data: { workflowId, manual }, text: manual };
  }
  const [card, decisions, state] = await Promise.all([
    client.query(workflowId, 'card'),
    client.query(workflowId, 'decisions'),
    client.query(workflowId, 'state'),
  ]);
  const counted = decisions as readonly CountedDecision[];
  const heard = counted.map(
    (one) =>
      `  ${one.n}. ${one.person ?? 'somebody unknown'}: ${one.option} (${one.attestation ?? 'not attested'}), ${one.counted ? 'counts' : 'does not count'}: ${one.why}`,
  );
  return {
    data: { workflowId, card, decisions, state },
    text: [String(card), ...(heard.length === 0 ? [] : ['', 'Decisions received:', ...heard])].join('\n'),
  };
}
