import { storeOf } from '../../config/resolve-plan.js';
import { HoldfastError } from '../../domain/errors.js';
import { checkStore } from '../check/check-store.js';
import { checkTable } from '../check/item.js';
import { withClient } from '../context.js';
import type { CliContext, CommandResult, CommonOptions } from '../context.js';
import { EXIT_CODES } from '../exit-codes.js';
import { personIdOf, workflowIdOf } from '../targets.js';

/** Options of `arm` and `disarm`. */
export interface ArmOptions extends CommonOptions {
  readonly as: string;
  readonly reason?: string;
  readonly yes?: boolean;
}

/** Arms a store after showing what is unproven or only declared. What fails does not hold it up silently: it is printed and asked about. */
export async function armCommand(context: CliContext, storeName: string, options: ArmOptions): Promise<CommandResult> {
  const { config } = await context.load(options.config);
  storeOf(config, storeName);
  const by = personIdOf(config, options.as);
  return withClient(context, config, async (client) => {
    const items = await checkStore(context, config, storeName, client);
    const open = items.filter((item) => item.state !== 'ok');
    const failed = open.filter((item) => item.state === 'fail').length;
    if (options.output === 'text')
      context.out(
        open.length === 0
          ? 'Everything that can be proven beforehand is proven.'
          : `Unproven, failed or only declared:\n${checkTable(open)}`,
      );
    const question = `Arm ${storeName} as ${by}${failed > 0 ? ` although ${failed} checks fail` : ''}? Incidents may then promote, move and resume.`;
    if (options.yes !== true && !(await context.confirm(question))) {
      throw new HoldfastError(
        'HF_STORE_DISARMED',
        'It was not confirmed; the store stays as it is. Give --yes where nobody can be asked.',
        { store: storeName, open: String(open.length) },
      );
    }
    await client.setArming(storeName, { armed: true, by, reason: options.reason ?? '' });
    return {
      data: { store: storeName, armed: true, by, open },
      text: `${storeName} is armed by ${by}. Take it back: holdfast disarm ${storeName} --as ${by}`,
    };
  });
}

/** Disarms a store, and tells an open run: acts that add risk stop, everything that makes things safer goes on (design S15). */
export async function disarmCommand(context: CliContext, storeName: string, options: ArmOptions): Promise<CommandResult> {
  const { config } = await context.load(options.config);
  storeOf(config, storeName);
  const by = personIdOf(config, options.as);
  const reason = options.reason ?? '';
  return withClient(context, config, async (client) => {
    await client.setArming(storeName, { armed: false, by, reason });
    const told = await client.signal(workflowIdOf(config, storeName), 'disarm', { by, reason }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof HoldfastError && error.code === 'HF_RUN_NOT_FOUND') return false;
        throw error;
      },
    );
    return {
      data: { store: storeName, armed: false, by, runTold: told },
      text: `${storeName} is disarmed by ${by}${told ? '; the open run was told' : ''}.`,
      exit: EXIT_CODES.ok,
    };
  });
}
