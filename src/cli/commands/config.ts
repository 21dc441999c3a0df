import { configJsonSchema } from '../../config/schema.js';
import { showConfig } from '../../config/show.js';
import type { CliContext, CommandResult, CommonOptions } from '../context.js';
import { table } from '../table.js';

/** Every value in force with where it comes from. */
export async function configShowCommand(context: CliContext, options: CommonOptions): Promise<CommandResult> {
  const loaded = await context.load(options.config);
  const values = showConfig(loaded, context.environment);
  return {
    data: { file: loaded.file, values },
    text: `${loaded.file}\n${table(
      ['PATH', 'ORIGIN', 'VALUE'],
      values.map(({ path, origin, value }) => [path, origin, value]),
    )}`,
  };
}

/** The JSON Schema of the file, for editors. The same in both forms: it is a document. */
export function configSchemaCommand(): CommandResult {
  const schema = configJsonSchema();
  return { data: schema, text: JSON.stringify(schema, null, 2) };
}

/** Validates the file and says what else can be checked. */
export async function configValidateCommand(context: CliContext, options: CommonOptions): Promise<CommandResult> {
  const loaded = await context.load(options.config);
  const stores = Object.keys(loaded.config.stores);
  return {
    data: { file: loaded.file, valid: true, stores },
    text: `${loaded.file} is valid: ${stores.length === 1 ? 'store' : 'stores'} ${stores.join(', ')}.\nA valid file proves nothing about the nodes: ${stores.map((name) => `holdfast check --store ${name}`).join('; ')}`,
  };
}
