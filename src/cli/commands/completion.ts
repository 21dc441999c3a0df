import type { Command } from 'commander';
import { HoldfastError } from '../../domain/errors.js';
import type { CommandResult } from '../context.js';

/** Shells that a completion script is made for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** The completion script of a shell, made from the commands themselves. */
export function completionCommand(program: Command, shell: string): CommandResult {
  const verbs = program.commands.map((command) => ({ name: command.name(), description: command.description(), words: wordsOf(command) }));
  switch (shell) {
    case 'bash':
      return script(bash(verbs));
    case 'zsh':
      return script(`autoload -U +X bashcompinit && bashcompinit\n${bash(verbs)}`);
    case 'fish':
      return script(fish(verbs));
    default:
      throw new HoldfastError('HF_CONFIG_INVALID', 'No completion for this shell.', { shell, known: SHELLS.join(', ') });
  }
}

interface Verb {
  readonly name: string;
  readonly description: string;
  readonly words: readonly string[];
}

function wordsOf(command: Command): readonly string[] {
  return [
    ...command.commands.map((sub) => sub.name()),
    ...command.options.flatMap((option) => (typeof option.long === 'string' ? [option.long] : [])),
  ];
}

function bash(verbs: readonly Verb[]): string {
  const cases = verbs.map((verb) => `    ${verb.name}) words="${verb.words.join(' ')}" ;;`).join('\n');
  return `_holdfast() {
  local words
  case "\${COMP_WORDS[1]}" in
${cases}
    *) words="" ;;
  esac
  if [ "$COMP_CWORD" -le 1 ]; then words="${verbs.map((verb) => verb.name).join(' ')}"; fi
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _holdfast holdfast`;
}

function fish(verbs: readonly Verb[]): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "\\'")}'`;
  return verbs
    .flatMap((verb) => [
      `complete -c holdfast -f -n __fish_use_subcommand -a ${verb.name} -d ${quoted(verb.description)}`,
      ...verb.words.map(
        (word) =>
          `complete -c holdfast -n '__fish_seen_subcommand_from ${verb.name}' ${word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`}`,
      ),
    ])
    .join('\n');
}

function script(text: string): CommandResult {
  return { data: { script: text }, text };
}
