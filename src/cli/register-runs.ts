import { Option } from 'commander';
import { MODES } from '../domain/contract.js';
import { abortCommand, pauseCommand, recheckCommand, tradingStateCommand } from './commands/message.js';
import { armCommand, disarmCommand } from './commands/arm.js';
import { decideCommand } from './commands/decide.js';
import type { DecideVerb } from './commands/decide.js';
import { runCommand } from './commands/run.js';
import { statusCommand } from './commands/status.js';
import { watchCommand } from './commands/watch.js';
import type { CommonOptions } from './context.js';
import type { Registrar } from './program.js';

type As = CommonOptions & { readonly as: string; readonly reason?: string; readonly yes?: boolean };

const AS = '--as <person>';
const AS_HELP = 'your id or handle, as listed under `people`';

/** Verbs about runs: start, follow, decide, stop. */
export function registerRuns(registrar: Registrar): void {
  const { context, program, verb, does } = registrar;

  const rehearse = verb(program, 'rehearse <store>', 'Read everything, check every permission, show the exact changes; touch nothing.', [
    'holdfast rehearse kill-switch --as ana --reason "after the new certificates"',
  ])
    .option(AS, AS_HELP)
    .option('--reason <text>', 'why, for the record', 'rehearsal')
    .option('--wait', 'follow it until it ends');
  does<CommonOptions & { readonly as?: string; readonly reason: string; readonly wait?: boolean }>(rehearse, ([store = ''], options) =>
    runCommand(context, store, { ...options, mode: 'rehearsal' }),
  );

  const run = verb(program, 'run <store>', 'Start a run by hand. An incident usually starts by its alert.', [
    'holdfast run kill-switch --mode incident --as ana --reason "primary gone, alert silent" --wait',
    'holdfast run kill-switch --mode planned --as ana --reason "kernel update of db-a"',
    'holdfast run drill --mode exercise --as ana --reason "quarterly exercise"',
  ])
    .addOption(new Option('--mode <mode>', 'what for').choices([...MODES]).makeOptionMandatory())
    .requiredOption('--reason <text>', 'why, for the record')
    .option(AS, `${AS_HELP}; left out, each gate needs one person more`)
    .option('--wait', 'follow it until it ends; exit code 10 when it does not end verified');
  does<Parameters<typeof runCommand>[2]>(run, ([store = ''], options) => runCommand(context, store, options));

  const status = verb(program, 'status [run]', 'List open runs, or show one: its card, its decisions, what remains by hand.', [
    'holdfast status',
    'holdfast status kill-switch',
    'holdfast status kill-switch --manual',
    'holdfast status --all --output json',
  ])
    .option('--all', 'watchers and sentinels too')
    .option('--manual', 'the remaining runbook of the run as plain commands');
  does<Parameters<typeof statusCommand>[2]>(status, ([word = ''], options) => statusCommand(context, word, options));

  const watch = verb(program, 'watch <run>', 'Follow a run live: a store’s acting run, or a run by its id.', [
    'holdfast watch kill-switch',
    'holdfast watch rehearsal:kill-switch:1767322800000',
    'holdfast watch kill-switch --output json   (one JSON line a change)',
  ]).option('--once', 'print what happened so far and end');
  does<CommonOptions & { readonly once?: boolean }>(watch, ([word = ''], options) => watchCommand(context, word, options));

  for (const [name, description] of [
    ['approve', 'Answer the open gate with its answer that acts. Shows the card first; binds your yes to it.'],
    ['reject', 'Answer the open gate safely: nothing is promoted, moved or resumed. One person is enough, without code and key.'],
  ] as const satisfies readonly (readonly [DecideVerb, string])[]) {
    const decide = verb(program, `${name} <run>`, description, [
      `holdfast ${name} kill-switch --key ~/.holdfast/ana.pem`,
      `holdfast ${name} kill-switch --gate promote --code 7F3K9QX2MT --key ana.pem --reason "loss is bounded"`,
      `holdfast ${name} kill-switch --as ana --declared   (only typed: counts where the policy says so)`,
    ])
      .option(AS, `${AS_HELP} (default: the owner of the key, else $HOLDFAST_PERSON)`)
      .option('--gate <gate>', 'the gate you mean; refused when another one is open')
      .option('--option <option>', 'the answer, when the gate has several')
      .option('--code <code>', 'evidence code of the card you read; refused when the card has changed')
      .option('--key <file>', 'private key that signs: a file, or file:/path, env:NAME')
      .option('--declared', 'do not sign; only type your name')
      .option('--reason <text>', 'why, for the record')
      .option('--yes', 'do not ask; you have read the card');
    does<Parameters<typeof decideCommand>[3]>(decide, ([word = ''], options) => decideCommand(context, name, word, options));
  }

  const abort = verb(program, 'abort <run>', 'Stop a run at its next safe point; trading stays paused and the rest is handed over.', [
    'holdfast abort kill-switch --as ana --reason "we do it by hand"',
  ])
    .requiredOption(AS, AS_HELP)
    .option('--reason <text>', 'why');
  does<As>(abort, ([word = ''], options) => abortCommand(context, word, options));

  const recheck = verb(program, 'recheck <run>', '"I mended something": look again now.', [
    'holdfast recheck kill-switch --as ana --reason "certificate renewed"',
  ])
    .requiredOption(AS, AS_HELP)
    .option('--reason <text>', 'what was mended');
  does<As>(recheck, ([word = ''], options) => recheckCommand(context, word, options));

  const trading = program.command('trading').description('Pause trading, or ask the platform for its state.');
  const pause = verb(trading, 'pause <store>', 'Pause trading now: anybody listed, alone, at any time, with or without a run.', [
    'holdfast trading pause kill-switch --as ben --reason "prices look wrong"',
  ])
    .requiredOption(AS, AS_HELP)
    .option('--reason <text>', 'why');
  does<As>(pause, ([store = ''], options) => pauseCommand(context, store, options));
  const state = verb(trading, 'state <store>', 'Ask the trading platform itself.', ['holdfast trading state kill-switch']);
  does<CommonOptions>(state, ([store = ''], options) => tradingStateCommand(context, store, options));

  const arm = verb(program, 'arm <store>', 'Allow acts that add risk. Prints first what is unproven or only declared.', [
    'holdfast arm kill-switch --as ana',
    'holdfast arm kill-switch --as ana --yes --output json',
  ])
    .requiredOption(AS, AS_HELP)
    .option('--reason <text>', 'why')
    .option('--yes', 'do not ask');
  does<As>(arm, ([store = ''], options) => armCommand(context, store, options));
  const disarm = verb(program, 'disarm <store>', 'Allow no act that adds risk. Pausing, fencing in hand and paging go on.', [
    'holdfast disarm kill-switch --as ana --reason "maintenance of the lab"',
  ])
    .requiredOption(AS, AS_HELP)
    .option('--reason <text>', 'why');
  does<As>(disarm, ([store = ''], options) => disarmCommand(context, store, options));
}
