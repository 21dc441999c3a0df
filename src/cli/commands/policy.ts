import { gatesOf } from '../../config/gates.js';
import { formatDuration } from '../../domain/duration.js';
import type { GatePolicy } from '../../domain/gate.js';
import type { CliContext, CommandResult, CommonOptions } from '../context.js';
import { table } from '../table.js';

/** The closed table of gates as it is in force with this configuration. */
export async function policyCommand(context: CliContext, options: CommonOptions): Promise<CommandResult> {
  const { config } = await context.load(options.config);
  const gates = Object.values(gatesOf(config));
  const declared = config.policy.acceptDeclared
    ? '\nThis configuration accepts typed names (declared) at every gate: `policy.acceptDeclared: true`.'
    : '';
  return {
    data: { gates, acceptDeclared: config.policy.acceptDeclared, standing: config.policy.standing },
    text: `${table(HEAD, gates.map(row))}\n\n${gates.map(optionsText).join('\n')}${declared}`,
  };
}

const HEAD = ['GATE', 'PEOPLE', 'ROLES', 'STARTER MAY', 'ATTESTATION', 'DEADLINE', 'ON SILENCE', 'NEXT PERSON', 'LAST RESORT'];

function row(policy: GatePolicy): readonly string[] {
  return [
    policy.gate,
    String(policy.people),
    policy.roles.join('+'),
    policy.starterMayDecide ? 'yes' : 'no',
    policy.attestation,
    formatDuration(policy.deadlineMs),
    policy.onSilence,
    policy.nextPerson,
    policy.lastResort,
  ];
}

function optionsText(policy: GatePolicy): string {
  return [
    `${policy.gate}:`,
    ...policy.options.map((option) => `  ${option.name}${option.safe ? ' (safe: one person, no code)' : ''}: ${option.does}`),
  ].join('\n');
}
