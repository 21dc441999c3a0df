import { adaptersCommand } from './commands/adapters.js';
import { checkCommand } from './commands/check.js';
import { completionCommand, SHELLS } from './commands/completion.js';
import { configSchemaCommand, configShowCommand, configValidateCommand } from './commands/config.js';
import { initCommand } from './commands/init.js';
import { migrateCommand } from './commands/migrate.js';
import { policyCommand } from './commands/policy.js';
import { temporalSetupCommand } from './commands/temporal.js';
import { DEFAULT_CONFIG_FILE } from '../config/load.js';
import type { CommonOptions } from './context.js';
import type { Registrar } from './program.js';

/** Verbs that set Holdfast up and look at how it is set up. */
export function registerSetUp(registrar: Registrar): void {
  const { context, program, verb, does } = registrar;

  const init = verb(program, 'init', 'Write a first configuration, or make a signing key.', [
    'holdfast init',
    'holdfast init --file /etc/holdfast/holdfast.yaml',
    'holdfast init --key ~/.holdfast/ana.pem',
  ])
    .option('--file <file>', 'configuration to write', DEFAULT_CONFIG_FILE)
    .option('--key <file>', 'make a signing key (ed25519) in this file instead');
  does<Parameters<typeof initCommand>[1]>(init, (_words, options) => initCommand(context, options));

  const check = verb(
    program,
    'check',
    'Check the installation, the configuration, or a store with its nodes, application, platform and Temporal.',
    ['holdfast check --install', 'holdfast check --config holdfast.yaml', 'holdfast check --store kill-switch'],
  )
    .option('--install', 'this installation')
    .option('--store <store>', 'go to the nodes of this store');
  does<Parameters<typeof checkCommand>[1]>(check, (_words, options) => checkCommand(context, options));

  const policy = program.command('policy').description('Gates: who may decide what.');
  does<CommonOptions>(
    verb(policy, 'show', 'Every gate: answers, people, attestation, deadline, what silence means.', [
      'holdfast policy show',
      'holdfast policy show --output json',
    ]),
    (_words, options) => policyCommand(context, options),
  );

  does<CommonOptions>(
    verb(program, 'adapters', 'What can be configured, and what your stores’ adapters declare.', ['holdfast adapters']),
    (_words, options) => adaptersCommand(context, options),
  );

  const migrate = program
    .command('migrate')
    .description('Holdfast’s schema in the protected database: marker, probe table, engage-only function, grants.');
  for (const [direction, description] of [
    ['up', 'Create or complete it. Repeatable.'],
    ['down', 'Remove it; the application’s table stays.'],
    ['status', 'List migrations and what is missing.'],
  ] as const) {
    const command = verb(migrate, direction, description, [
      `holdfast migrate ${direction} --store kill-switch --role geosync_owner --cert file:/etc/holdfast/owner.pem --key file:/etc/holdfast/owner.key`,
    ])
      .requiredOption('--store <store>', 'which store')
      .requiredOption('--role <role>', 'role that migrates: the owner of the database, never Holdfast’s own')
      .option('--node <node>', 'the primary (default: the configured one)')
      .option('--password <reference>', 'its password: env:NAME or file:/path')
      .option('--cert <reference>', 'its client certificate')
      .option('--key <reference>', 'its key');
    if (direction === 'up') command.option('--with-application-table', 'create the application’s table, empty, when it is missing');
    if (direction === 'down') command.option('--yes', 'do not ask');
    does<Parameters<typeof migrateCommand>[2]>(command, (_words, options) => migrateCommand(context, direction, options));
  }

  const temporal = program.command('temporal').description('What Holdfast needs of Temporal.');
  does<CommonOptions>(
    verb(temporal, 'setup', 'Register search attributes in the namespace. Repeatable.', [
      'holdfast temporal setup',
      'TEMPORAL_PROFILE=cloud holdfast temporal setup',
    ]),
    (_words, options) => temporalSetupCommand(context, options),
  );

  const config = program.command('config').description('The configuration file.');
  does<CommonOptions>(verb(config, 'show', 'Every value in force and where it comes from.', ['holdfast config show']), (_words, options) =>
    configShowCommand(context, options),
  );
  does<CommonOptions>(
    verb(config, 'schema', 'The JSON Schema of the file, for editors.', ['holdfast config schema > holdfast.schema.json']),
    () => configSchemaCommand(),
  );
  does<CommonOptions>(
    verb(config, 'validate', 'Validate the file.', ['holdfast config validate --config holdfast.yaml']),
    (_words, options) => configValidateCommand(context, options),
  );

  does<CommonOptions>(
    verb(program, `completion <${SHELLS.join('|')}>`, 'Print a completion script.', ['source <(holdfast completion bash)']),
    ([shell = '']) => completionCommand(program, shell),
  );
}
