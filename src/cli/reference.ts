/** Reference pages made from the product itself, so that they cannot say anything else: errors, command line, configuration. */
import type { Command } from 'commander';
import { ERRORS } from '../domain/errors.js';
import { configJsonSchema } from '../config/schema.js';
import { EXIT_CODE_TABLE } from './exit-codes.js';

const MADE = '<!-- Made by `npx tsx scripts/generate-reference.ts`; a test fails when it is not current. -->';

/** docs/reference/errors.md */
export function errorsPage(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, entry]) =>
      `| \`${code}\` | ${cell(entry.summary)} | ${entry.unknown ? 'outcome unknown: read back' : entry.retryable ? 'retried' : 'final'} | ${cell(entry.next)} |`,
  );
  return page('Errors', [
    'Codes are stable for ever; texts may be improved. Every use adds evidence: which rule, which number, which node.',
    ['| Code | What | Kind | Next step |', '|---|---|---|---|', ...rows].join('\n'),
  ]);
}

/** docs/reference/cli.md */
export function cliPage(program: Command): string {
  const verbs = program.commands
    .filter((command) => command.name() !== 'help')
    .flatMap((command) =>
      command.commands.length > 0
        ? command.commands.map((sub) => [`${command.name()} ${sub.name()}`, sub] as const)
        : [[command.name(), command] as const],
    );
  const exits = EXIT_CODE_TABLE.map(([code, meaning]) => `| ${code} | ${cell(meaning)} |`);
  return page('Command line', [
    'Every verb takes `--config <file>` (default `$HOLDFAST_CONFIG`, else `holdfast.yaml`) and `--output json`: one JSON document on standard output, JSON lines for `watch`. Errors go to standard error with code, evidence and next step; as JSON they are `{"error": …}` on standard output.',
    `## Exit codes\n\n${['| Code | Meaning |', '|---|---|', ...exits].join('\n')}`,
    ...verbs.map(([name, command]) => verbSection(name, command)),
  ]);
}

function verbSection(name: string, command: Command): string {
  const usage = command.registeredArguments
    .map((argument) => (argument.required ? ` <${argument.name()}>` : ` [${argument.name()}]`))
    .join('');
  const options = command.options
    .filter((option) => option.long !== '--config' && option.long !== '--output')
    .map((option) => `| \`${option.flags}\` | ${cell(option.description)}${option.mandatory ? ' (required)' : ''} |`);
  return [
    `## holdfast ${name}${usage}`,
    command.description(),
    ...(options.length === 0 ? [] : [['| Option | |', '|---|---|', ...options].join('\n')]),
  ].join('\n\n');
}

/** docs/reference/configuration.md */
export function configurationPage(): string {
  const rows = rowsOf(configJsonSchema(), '', true);
  return page('Configuration', [
    'One YAML file. A first one: `examples/holdfast.yaml`; everything: `examples/holdfast.full.yaml`; for editors: `schemas/holdfast.schema.json`. `holdfast config show` prints every value in force with its origin.',
    'Durations are texts with a unit (`"5m"`). Secrets are references only: `env:NAME` or `file:/absolute/path`; a literal is refused. `<name>` stands for a name you choose, `[]` for each entry of a list.',
    ['| Path | Type | Default | |', '|---|---|---|---|', ...rows].join('\n'),
  ]);
}

interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

function rowsOf(schema: Schema, path: string, required: boolean): readonly string[] {
  const own =
    path === '' ? [] : [`| \`${path}\` | ${typeOf(schema)} | ${defaultOf(schema, required)} | ${cell(schema.description ?? '')} |`];
  const named = Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
    rowsOf(inner, path === '' ? name : `${path}.${name}`, schema.required?.includes(name) === true),
  );
  const free = typeof schema.additionalProperties === 'object' ? rowsOf(schema.additionalProperties, `${path}.<name>`, false) : [];
  const items = schema.items === undefined || schema.items.type === 'string' ? [] : rowsOf(schema.items, `${path}[]`, false).slice(1);
  const alternatives = (schema.anyOf ?? []).flatMap((inner) => (inner.properties === undefined ? [] : rowsOf(inner, path, false).slice(1)));
  return [...own, ...named, ...free, ...items, ...alternatives];
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined)
    return schema.enum.length > 12 ? 'one of a list' : schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.anyOf !== undefined) return 'one of several forms';
  if (schema.pattern?.startsWith('^(env:') === true) return 'reference';
  if (schema.pattern?.startsWith('^[0-9]+(') === true) return 'duration';
  if (schema.type === 'array') return schema.items?.type === 'string' ? 'list of texts' : 'list';
  return schema.type === 'object' ? 'section' : schema.type === 'string' ? 'text' : (schema.type ?? 'any');
}

function defaultOf(schema: Schema, required: boolean): string {
  if (schema.default === undefined) return required ? 'required' : '';
  return schema.type === 'object' || schema.anyOf !== undefined ? '' : `\`${cell(JSON.stringify(schema.default))}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function page(title: string, parts: readonly string[]): string {
  return `# ${title}\n\n${MADE}\n\n${parts.join('\n\n')}\n`;
}
