import { withClient } from '../context.js';
import type { CliContext, CommandResult, CommonOptions } from '../context.js';

/** Registers search attributes and namespace settings. Repeatable. */
export async function temporalSetupCommand(context: CliContext, options: CommonOptions): Promise<CommandResult> {
  const { config } = await context.load(options.config);
  return withClient(context, config, async (client) => {
    const done = await client.setUp();
    return { data: { done }, text: done.length === 0 ? 'Nothing to do: the namespace has what Holdfast needs.' : done.join('\n') };
  });
}
