import { checkInstall } from '../check/check-install.js';
import { checkPlan } from '../check/check-plan.js';
import { checkStore } from '../check/check-store.js';
import { checkTable } from '../check/item.js';
import type { CheckItem } from '../check/item.js';
import type { CliContext, CommandResult, CommonOptions } from '../context.js';
import { EXIT_CODES } from '../exit-codes.js';
import type { RunClient } from '../run-client.js';

/** Options of `check`. */
export interface CheckOptions extends CommonOptions {
  readonly install?: boolean;
  readonly store?: string;
}

/** Checks the installation, the configuration, or a store with everything around it. Exit code 1 when anything fails. */
export async function checkCommand(context: CliContext, options: CheckOptions): Promise<CommandResult> {
  if (options.install === true) return resultOf(checkInstall(), '');
  const { config, file } = await context.load(options.config);
  if (options.store === undefined) {
    const stores = Object.keys(config.stores);
    const items = stores.flatMap((name) =>
      checkPlan(config, name).map((item) => ({ ...item, area: stores.length > 1 ? `${name}: ${item.area}` : item.area })),
    );
    return resultOf(
      items,
      `${file} is valid. The nodes were not asked: ${stores.map((name) => `holdfast check --store ${name}`).join('; ')}\n`,
    );
  }
  const storeName = options.store;
  let client: RunClient | undefined;
  try {
    client = await context.connect(config);
  } catch {
    // Said as a failed check of its own; the nodes are of interest all the more when Temporal is away.
    client = undefined;
  }
  try {
    return resultOf(await checkStore(context, config, storeName, client), '');
  } finally {
    await client?.close();
  }
}

function resultOf(items: readonly CheckItem[], preface: string): CommandResult {
  const count = (state: CheckItem['state']) => items.filter((item) => item.state === state).length;
  const summary = { ok: count('ok'), warn: count('warn'), fail: count('fail') };
  return {
    data: { summary, items },
    text: `${preface}${checkTable(items)}\n\n${summary.ok} ok, ${summary.warn} warn, ${summary.fail} fail`,
    exit: summary.fail > 0 ? EXIT_CODES.failed : EXIT_CODES.ok,
  };
}
