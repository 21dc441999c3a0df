/** The part of the card that tells how to answer: each option with what it does and what to paste. */
import type { CardInput } from './card-input.js';
import type { Attestation, GateOption } from './gate.js';
import { NEVER_DECLARED_BY_DEFAULT } from './gate-policy.js';
import { codeBlock, codeName, markdownText } from './markdown.js';

/** Lines of the section "Answers". */
export function answersSection(input: CardInput): readonly string[] {
  return ['## Answers', '', ...attestationNotice(input), ...input.policy.options.flatMap((option) => answer(input, option))];
}

/** What counts as somebody's yes here. Said loudly where a typed name is enough for an act that should ask for more. */
function attestationNotice({ policy, armed }: CardInput): readonly string[] {
  if (!armed) return ['**This store is disarmed.** Typed names count, because nothing that adds risk is acted upon.', ''];
  if (policy.attestation === 'declared' && NEVER_DECLARED_BY_DEFAULT.includes(policy.gate)) {
    return [
      '**This store accepts typed names (declared).** Its policy says so. Nothing proves who answered: whoever can reach this run can answer as anybody.',
      '',
    ];
  }
  return [attestationWords(policy.attestation), ''];
}

function attestationWords(attestation: Attestation): string {
  switch (attestation) {
    case 'declared':
      return 'A typed name counts at this gate.';
    case 'principal':
      return 'A yes counts when Temporal has verified who sent it, or when it is signed. A typed name alone does not count.';
    case 'signed':
      return 'A yes counts only when it is signed with a pinned key: the CLI line with `--key`. Pasted JSON without a signature does not count as yes.';
  }
}

function answer({ policy, armed, code, store }: CardInput, option: GateOption): readonly string[] {
  const signed = armed && !option.safe && policy.attestation === 'signed';
  const needs = option.safe
    ? 'safe: one listed person, no code, no signature'
    : `needs ${policy.people === 1 ? '1 person' : `${policy.people} people`} or more, see above`;
  const json = JSON.stringify({ schema: 1, gate: policy.gate, option: option.name, ...(option.safe ? {} : { code }), by: '<your id>' });
  const bound = option.safe ? '' : ` --code ${code}`;
  const line = `holdfast approve ${codeName(store)} --gate ${policy.gate} --option ${option.name}${bound}${signed ? ' --key <your key file>' : ' --as <your id>'}`;
  return [
    `### ${option.name} (${needs})`,
    markdownText(option.does, 400),
    '',
    'Terminal:',
    ...codeBlock([line]),
    signed ? 'Signal `decide` (does not count as yes without a signature):' : 'Signal `decide`:',
    ...codeBlock([json]),
    '',
  ];
}
