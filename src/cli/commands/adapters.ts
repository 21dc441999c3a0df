import { declarationsOf } from '../../config/declarations.js';
import type { CliContext, CommandResult, CommonOptions } from '../context.js';
import { table } from '../table.js';

/** What can be configured today: port, adapter, what it does, how sure an unknown outcome is. */
const ADAPTERS: readonly (readonly string[])[] = [
  ['cluster', 'postgres', 'a pair or set with streaming replication; pg_promote, sent once and read back'],
  ['cluster', 'patroni', 'a cluster under Patroni 3 or 4; finds what it did, asks it once, reads back by SQL and by its list'],
  ['row store', 'postgres', 'reads the row, engages it, makes it fresher; cannot disengage'],
  ['workload', 'exec', 'commands per instance; systemd’s exit codes'],
  ['workload', 'kubernetes', 'the pods of a Deployment or StatefulSet; scale with remembered replicas, rolling restart followed by watch'],
  ['config source', 'env-file', 'a key of an environment file, or a DSN inside its JSON or YAML document; compare-and-set'],
  [
    'config source',
    'secret, configmap',
    'a key on Kubernetes, or a DSN inside its JSON or YAML document; compare-and-set, old value kept beside it',
  ],
  ['application', 'geosync', 'health and admin GET over HTTP; at most four admin calls a minute and instance'],
  ['trading pause', 'http, exec, none', 'sent once and read back; http is repeatable where the platform keeps the key'],
  ['trading pause', 'scale', 'scales the workload that trades to 0; paused when no pod is left; repeatable'],
  ['fence', 'exec, none', 'commands per node, class P, N or H; in force only when read back'],
  ['notifier', 'webhook', 'Standard Webhooks signature; visible at least once'],
  ['metrics', 'prometheus, none', 'queries over the HTTP API for readiness and the review after a run; read only'],
  ['archive', 'jsonl', 'documents and series in a folder; create-only, durable before it answers'],
  ['attestation', 'signed, declared', 'ed25519 keys pinned in the plan; typed names'],
];

/** Lists the adapters, and for each configured store what its own declare. */
export async function adaptersCommand(context: CliContext, options: CommonOptions): Promise<CommandResult> {
  const listed = table(['PORT', 'ADAPTER', 'WHAT IT DOES'], ADAPTERS);
  // The list is of use without any configuration, so a missing file is no error here unless it was named.
  const loaded = options.config === undefined ? await context.load(undefined).catch(() => undefined) : await context.load(options.config);
  const stores = Object.fromEntries(Object.entries(loaded?.config.stores ?? {}).map(([name, store]) => [name, declarationsOf(store)]));
  const text = Object.entries(stores).map(
    ([name, adapters]) =>
      `\n${name}:\n${Object.entries(adapters)
        .map(([port, declared]) => `  ${port}: ${JSON.stringify(declared)}`)
        .join('\n')}`,
  );
  return {
    data: { adapters: ADAPTERS.map(([port, adapter, does]) => ({ port, adapter, does })), stores },
    text: [listed, ...text].join('\n'),
  };
}
