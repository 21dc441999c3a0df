/** The card of a gate in its short form. It is cut out of the whole card, so that both say the same. Pure. */
import type { GatePolicy } from '../../domain/gate.js';
import type { OpenedGate } from '../../domain/evidence.js';

/** What a person must know to answer, in a few lines. */
export interface GateCard {
  readonly gate: string;
  readonly code: string;
  readonly opening: number;
  /** Heading and sentence, in the order of the card. */
  readonly lines: readonly (readonly [heading: string, text: string])[];
  /** The answer that goes on. */
  readonly yes: { readonly option: string; readonly does: string };
  /** The safe answer, which silence takes too. */
  readonly no: { readonly option: string; readonly does: string };
  readonly deadlineMs: number;
  /** Whose yes is asked for, in order. */
  readonly signers: readonly string[];
  /** The card says that typed names count here. */
  readonly typedNamesCount: boolean;
}

/** Headings of the whole card that the short one keeps, and what they are called there. */
const KEPT: Readonly<Record<'resume' | 'others', Readonly<Record<string, string>>>> = {
  others: { Broken: 'Found', Trading: 'Trading', 'Possible loss': 'Loss', Fence: 'Fence' },
  resume: { Broken: 'Now', Trading: 'Trading', Fence: 'Fence' },
};

/** What each place says of the switch: the list below its heading, without the numbers in parentheses. */
function switchLine(card: string): string {
  const [, list = ''] = /\*\*The switch:\*\*\n([\s\S]*?)\n\*\*/.exec(card) ?? [];
  return list
    .split('\n')
    .filter((line) => line.startsWith('- '))
    .map((line) => plain(line.slice(2).replaceAll(/ \(updated_at[^)]*\)/g, '')))
    .join('; ');
}

/** Takes the escapes of Markdown off a line that is shown as plain text. */
function plain(text: string): string {
  return text
    .replaceAll(/\\([\\`*_[\]|~/])/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** People who can satisfy a gate: one of each role asked for, then others until there are enough. */
export function signersFor(
  policy: Pick<GatePolicy, 'roles' | 'people'>,
  people: readonly { readonly id: string; readonly roles: readonly string[] }[],
  extra = 0,
): readonly string[] {
  const chosen: string[] = [];
  for (const role of policy.roles) {
    const person = people.find((p) => p.roles.includes(role) && !chosen.includes(p.id));
    if (person !== undefined) chosen.push(person.id);
  }
  for (const { id } of people) if (chosen.length < policy.people + extra && !chosen.includes(id)) chosen.push(id);
  return chosen;
}

/** Makes the short card. */
export function gateCard(opened: OpenedGate, policy: GatePolicy, deadlineMs: number, signers: readonly string[]): GateCard {
  const kept = KEPT[opened.gate === 'resume' ? 'resume' : 'others'];
  const lines = opened.card.split('\n').flatMap((line) => {
    const [, heading = '', text = ''] = /^\*\*([^*]+):\*\* (.+)$/.exec(line) ?? [];
    const short = kept[heading];
    return short === undefined ? [] : [[short, plain(text)] as const];
  });
  const acting = policy.options.find((option) => !option.safe);
  const silent = policy.options.find((option) => option.name === policy.onSilence);
  return {
    gate: opened.gate,
    code: opened.code,
    opening: opened.opening,
    lines: opened.gate === 'resume' ? [...lines, ['Switch', switchLine(opened.card)]] : lines,
    yes: { option: acting?.name ?? policy.onSilence, does: acting?.does ?? '' },
    no: { option: policy.onSilence, does: silent?.does ?? '' },
    deadlineMs,
    signers,
    typedNamesCount: policy.attestation === 'declared',
  };
}
