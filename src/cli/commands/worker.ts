import { storeOf } from '../../config/resolve-plan.js';
import type { CliContext, CommandResult, CommonOptions } from '../context.js';

/** Runs the worker until it is told to end. Imported late: the native library behind it costs every other command half a second. */
export async function workerCommand(context: CliContext, options: CommonOptions & { readonly health?: string }): Promise<CommandResult> {
  const { config } = await context.load(options.config);
  for (const name of Object.keys(config.stores)) storeOf(config, name);
  const { createWorker, installRuntime } = await import('../../worker.js');
  installRuntime(config);
  const health = options.health ?? config.worker.health;
  const worker = await createWorker({ config, ...(health === undefined ? {} : { health }) });
  context.signal.addEventListener('abort', () => worker.shutdown(), { once: true });
  const ended = worker.run();
  context.err(`worker is polling as ${worker.identity}${worker.healthAddress === undefined ? '' : `; health at ${worker.healthAddress}`}`);
  if (context.signal.aborted) worker.shutdown();
  await ended;
  return { data: { identity: worker.identity, ended: true }, text: 'worker ended' };
}
