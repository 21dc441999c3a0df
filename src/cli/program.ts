/** The command line: verbs, options and help. Commands themselves are in `commands/`; nothing here knows what they do. */
import { Command, CommanderError, Option } from 'commander';
import type { CliContext, CommandResult, OutputForm } from './context.js';
import { registerDemo } from './demo/register.js';
import { EXIT_CODE_TABLE, EXIT_CODES, exitCodeOf } from './exit-codes.js';
import { packageVersion } from './package-root.js';
import { registerRuns } from './register-runs.js';
import { registerServices } from './register-services.js';
import { registerSetUp } from './register-set-up.js';
import { renderError } from './render-error.js';

/** Adds a verb with the options all have, its examples, and what it does with them. */
export interface Registrar {
  readonly context: CliContext;
  readonly program: Command;
  readonly verb: (parent: Command, usage: string, description: string, examples: readonly string[]) => Command;
  /** Wraps the action of a verb: prints its result once, in the form asked for, and remembers the exit code. */
  readonly does: <Options extends { readonly output: OutputForm }>(
    command: Command,
    action: (words: readonly string[], options: Options) => Promise<CommandResult> | CommandResult,
  ) => void;
}

/** Runs one command line. Returns the exit code; prints everything itself. */
export async function runCli(words: readonly string[], context: CliContext): Promise<number> {
  const state: ProgramState = { exit: EXIT_CODES.ok, form: 'text' };
  const program = buildProgram(context, state);
  try {
    await program.parseAsync([...words], { from: 'user' });
    return state.exit;
  } catch (error) {
    // Help and version come as errors of code 0; commander has printed them.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.usage;
    const { record, text } = renderError(error);
    if (state.form === 'json') context.out(JSON.stringify({ error: record }, null, 2));
    else context.err(text);
    return exitCodeOf(record.code);
  }
}

/** What a command line came to: its exit code, and the form its errors are to have. */
interface ProgramState {
  exit: number;
  form: OutputForm;
}

/** Builds the program. `state` is written by the command that runs. */
export function buildProgram(context: CliContext, state: ProgramState = { exit: EXIT_CODES.ok, form: 'text' }): Command {
  const program = new Command('holdfast')
    .description('Holds the kill switch fast while the database under it fails over.')
    .version(packageVersion())
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for the options and examples)')
    .configureOutput({ writeOut: (text) => context.out(text.trimEnd()), writeErr: (text) => context.err(text.trimEnd()) })
    .exitOverride()
    .addHelpText(
      'after',
      `\nA first hour:\n  holdfast init\n  holdfast check --config holdfast.yaml\n  holdfast temporal setup\n  holdfast migrate up --store kill-switch --role owner\n  holdfast worker            (and, elsewhere: holdfast gateway)\n  holdfast check --store kill-switch\n  holdfast rehearse kill-switch --as ana --reason "first look"\n  holdfast arm kill-switch --as ana\n\nExit codes:\n${EXIT_CODE_TABLE.map(([code, meaning]) => `  ${String(code).padEnd(3)} ${meaning}`).join('\n')}`,
    );
  const registrar: Registrar = {
    context,
    program,
    verb(parent, usage, description, examples) {
      const command = parent
        .command(usage)
        .description(description)
        .addOption(new Option('-c, --config <file>', 'configuration file (default: $HOLDFAST_CONFIG, else holdfast.yaml)'))
        .addOption(new Option('-o, --output <form>', 'text for people, json for programs').choices(['text', 'json']).default('text'));
      return examples.length === 0
        ? command
        : command.addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ ${example}`).join('\n')}`);
    },
    does(command, action) {
      command.action(async (...given: unknown[]) => {
        const words = given.slice(0, -2).map((word) => (typeof word === 'string' ? word : ''));
        const options = command.opts<Parameters<typeof action>[1]>();
        state.form = options.output;
        const result = await action(words, options);
        state.exit = result.exit ?? EXIT_CODES.ok;
        print(context, options.output, result);
      });
    },
  };
  registerSetUp(registrar);
  registerRuns(registrar);
  registerServices(registrar);
  registerDemo(registrar);
  return program;
}

function print(context: CliContext, form: OutputForm, result: CommandResult): void {
  if (form === 'json') context.out(result.streamed === true ? JSON.stringify(result.data) : JSON.stringify(result.data, null, 2));
  else if (result.text !== '') context.out(result.text);
}
