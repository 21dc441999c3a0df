import { realContext } from '../../src/cli/real-context.js';
import { buildProgram } from '../../src/cli/program.js';
import { cliPage, configurationPage, errorsPage } from '../../src/cli/reference.js';
import { configJsonSchema } from '../../src/config/schema.js';

/** Files of the repository that are made from the product, by path. */
export function generatedFiles(): Readonly<Record<string, string>> {
  return {
    'schemas/holdfast.schema.json': `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
    'docs/reference/errors.md': errorsPage(),
    'docs/reference/configuration.md': configurationPage(),
    'docs/reference/cli.md': cliPage(buildProgram(realContext(new AbortController().signal))),
  };
}
