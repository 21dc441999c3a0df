import { isReference } from '../../config/values.js';
import { storeOf } from '../../config/resolve-plan.js';
import { HoldfastError } from '../../domain/errors.js';
import { migrate, resolveSecret } from '../../wiring.js';
import type { MigrationRequest } from '../../wiring.js';
import type { CliContext, CommandResult, CommonOptions } from '../context.js';
import { table } from '../table.js';

/** Options of `migrate`. The migrating role is given here and not in the file: the worker must not have its rights (design S14). */
export interface MigrateOptions extends CommonOptions {
  readonly store: string;
  readonly node?: string;
  readonly role: string;
  readonly password?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly withApplicationTable?: boolean;
  readonly yes?: boolean;
}

/** Creates, removes or lists what Holdfast keeps in the protected database. Up and status are repeatable. */
export async function migrateCommand(
  context: CliContext,
  direction: MigrationRequest['direction'],
  options: MigrateOptions,
): Promise<CommandResult> {
  const { config } = await context.load(options.config);
  const store = storeOf(config, options.store);
  const node = store.cluster.nodes.find(
    (candidate) => candidate.name === (options.node ?? store.cluster.primary ?? store.cluster.nodes[0]?.name),
  );
  if (node === undefined)
    throw new HoldfastError('HF_CONFIG_INVALID', 'No node of this name.', {
      node: options.node ?? '',
      nodes: store.cluster.nodes.map(({ name }) => name).join(', '),
    });
  for (const [name, value] of Object.entries({ password: options.password, cert: options.cert, key: options.key })) {
    if (value !== undefined && !isReference(value))
      throw new HoldfastError('HF_CONFIG_INVALID', `--${name} is not a reference — write env:NAME or file:/path.`, { option: `--${name}` });
  }
  if (
    direction === 'down' &&
    options.yes !== true &&
    !(await context.confirm(
      `Remove Holdfast’s schema from ${store.cluster.database} on ${node.name}? Runs of ${options.store} will stop working.`,
    ))
  ) {
    throw new HoldfastError('HF_CANCELLED', 'It was not confirmed.', {});
  }
  const { cert = store.cluster.tls.cert, key = store.cluster.tls.key } = options;
  const result = await migrate(
    {
      direction,
      connection: {
        host: node.host,
        port: node.port,
        login: {
          database: store.cluster.database,
          role: options.role,
          sslmode: 'verify-full',
          tls: { ca: store.cluster.tls.ca, ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) },
          ...(options.password !== undefined && { password: options.password }),
        },
      },
      environment: store.environment,
      store: options.store,
      table: store.application.table,
      applicationRole: store.application.login.role,
      grantTo: store.cluster.role,
      withApplicationTable: options.withApplicationTable === true,
      signal: context.signal,
    },
    { resolveSecret },
  );
  return {
    data: { store: options.store, node: node.name, ...result },
    text: [
      table(
        ['MIGRATION', 'STATE'],
        result.migrations.map(({ name, state }) => [name, state]),
      ),
      `application’s table: ${result.table}`,
      ...result.problems.map((problem) => `problem: ${problem}`),
      ...result.warnings.map((warning) => `warning: ${warning}`),
    ].join('\n'),
  };
}
