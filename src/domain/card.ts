/**
 * The card: one Markdown text, the same in page, chat, CLI and Temporal UI (design §3), written for a phone at 3 a.m.
 * It never contains the word "paused" unless the pause is proven (design S7), except as part of what others wrote.
 */
import { answersSection } from './card-answers.js';
import type { CardInput } from './card-input.js';
import type { Mode } from './contract.js';
import { formatDuration } from './duration.js';
import type { EvidenceField } from './evidence.js';
import { findOption } from './gate-policy.js';
import { codeName, markdownText, utf8Length } from './markdown.js';

export type { CardInput } from './card-input.js';

/** Largest size of a card in bytes of UTF-8: `openGate` has 16 KiB for card and fields. */
export const CARD_LIMIT_BYTES = 12 * 1024;

/** Renders the card. At most `CARD_LIMIT_BYTES`; what does not fit is cut from the end, where evidence and ignored decisions stand. */
export function renderCard(input: CardInput): string {
  return fit([
    ...head(input),
    ...facts(input),
    ...missing(input),
    ...answersSection(input),
    ...silence(input),
    ...evidence(input),
    ...ignored(input),
  ]);
}

/** Sentences are cut at this size, lines of lists at the smaller one: whole, the fixed parts stay far below the limit. */
const SENTENCE_BYTES = 480;
const LINE_BYTES = 200;
const MAX_LINES = 12;

const sentence = (text: string | undefined, otherwise: string): string =>
  markdownText(text === undefined || text === '' ? otherwise : text, SENTENCE_BYTES);

function head({ mode, store, policy, opening, code, hash, deadlineAtMs, writtenAtMs, workflowId }: CardInput): readonly string[] {
  const again = opening === 1 ? '' : ` · opening ${opening}, earlier codes are void`;
  return [
    `# ${modePrefix(mode)}${markdownText(store, LINE_BYTES)}: gate ${policy.gate} waits for people`,
    '',
    `Evidence code **${code}**${again}`,
    `Answer before **${clock(deadlineAtMs)}**, ${formatDuration(deadlineAtMs - writtenAtMs)} after this card was written.`,
    `Run \`${codeName(workflowId)}\`${hash === undefined ? '' : `, evidence hash \`${hash}\``}`,
    '',
  ];
}

function modePrefix(mode: Mode): string {
  switch (mode) {
    case 'incident':
      return '';
    case 'planned':
      return 'PLANNED ';
    case 'exercise':
      return 'EXERCISE ';
    case 'rehearsal':
      return 'REHEARSAL ';
  }
}

function facts(input: CardInput): readonly string[] {
  const truth = input.truth.slice(0, MAX_LINES).map((line) => `- ${markdownText(line, LINE_BYTES)}`);
  const more = input.truth.length > MAX_LINES ? [`- and ${input.truth.length - MAX_LINES} more places, see the archived evidence`] : [];
  return [
    `**Broken:** ${sentence(input.broken, 'Not known.')}`,
    '',
    `**Trading:** ${trading(input)}`,
    '',
    '**The switch:**',
    '', // without it the list is no list in the Temporal UI (looked at)
    ...(truth.length === 0 ? ['- nobody could read it'] : truth),
    ...more,
    '',
    `**Nobody can know:** ${sentence(input.unknownWindow, 'No unknown window is stated.')}`,
    '',
    `**Possible loss:** ${sentence(input.loss, 'Unknown.')}`,
    '',
    `**Fence:** ${sentence(input.fence, 'No old primary is fenced.')}`,
    '',
  ];
}

/** The only place that may say "paused", and only when it is proven. */
function trading({ pause, restingOrders, manualKill }: CardInput): string {
  const kill = `By hand: ${sentence(manualKill, 'no manual kill is configured; call the trading desk.')}`;
  switch (pause.state) {
    case 'proven': {
      const at = pause.record?.provenAtMs === undefined ? '' : ` since ${clock(pause.record.provenAtMs)}`;
      return [`PAUSED, proven${at}.`, sentence(pause.detail, ''), `Resting orders: ${restingOrders}.`]
        .filter((part) => part !== '')
        .join(' ');
    }
    case 'none':
      return 'LIVE. This run has not stopped it.';
    case 'asked':
      return `TREAT AS LIVE. A stop was asked for and is not proven yet. ${kill}`;
    case 'unproven':
      return `TREAT AS LIVE. A stop was asked for and could NOT be proven. ${kill}`;
    case 'unable':
      return `TREAT AS LIVE. This store has no way to stop it through Holdfast. ${kill}`;
    case 'lifted':
      return 'LIVE. The stop that this run made was lifted.';
  }
}

function missing(input: CardInput): readonly string[] {
  const { policy, people, extraPeople, tally } = input;
  const roles = policy.roles.map((role) => {
    const names = people.filter((person) => person.roles.includes(role)).map(({ id }) => id);
    return `one of role ${role} (${names.length === 0 ? 'nobody is listed' : names.join(', ')})`;
  });
  const count = policy.people + extraPeople.length;
  const who = roles.length === 0 ? '' : `, with ${roles.join(' and ')}`;
  const extra = extraPeople.length === 0 ? '' : `; more than usual because ${extraPeople.join(' and ')}`;
  const needed = `${count} ${count === 1 ? 'person' : 'different people'}${who}${extra}`;
  return [`**Whose yes is missing:** ${sentence(tally?.missing, `Nobody has answered. Needed: ${needed}.`)}`, ''];
}

function silence({ policy, deadlineAtMs, store }: CardInput): readonly string[] {
  const option = findOption(policy, policy.onSilence);
  return [
    `**On silence:** ${policy.nextPerson} is called at half time. At **${clock(deadlineAtMs)}** \`${policy.onSilence}\` is taken and ${policy.lastResort} is paged. ${option?.does ?? ''}`,
    '',
    `**When unsure:** choose \`${policy.onSilence}\`. It is safe, one listed person is enough, at any time. To stop trading at once: \`holdfast trading pause ${codeName(store)}\`.`,
    '',
  ];
}

function evidence({ fields }: CardInput): readonly string[] {
  const lines = fields.map((field) => {
    const value = field.value === null ? 'unknown' : `${String(field.value)}${field.unit === undefined ? '' : ` ${field.unit}`}`;
    return `- ${markdownText(`${field.label}: ${value}`, LINE_BYTES)}${ruleWords(field)}`;
  });
  return lines.length === 0 ? [] : ['**Evidence** (what the decision is bound to)', '', ...lines, ''];
}

function ruleWords(field: EvidenceField): string {
  const bound = field.bound ?? field.value ?? 'any';
  switch (field.rule) {
    case 'same':
      return '';
    case 'at-most':
      return ` (void above ${String(bound)})`;
    case 'at-least':
      return ` (void below ${String(bound)})`;
    case 'shown':
      return ' (for information)';
  }
}

function ignored({ tally }: CardInput): readonly string[] {
  const lines = (tally?.decisions ?? [])
    .filter(({ counted }) => !counted)
    .map(
      ({ n, person, option, why }) =>
        `- no. ${n}, ${markdownText(person ?? 'author unknown', 80)}: ${markdownText(option, 80)}. ${markdownText(why, LINE_BYTES)}`,
    );
  return lines.length === 0 ? [] : ['**Ignored decisions**', '', ...lines, ''];
}

function fit(lines: readonly string[]): string {
  const note = '… shortened; the archived evidence has everything.';
  const room = CARD_LIMIT_BYTES - utf8Length(`${note}\n`);
  const kept: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    bytes += utf8Length(line) + 1;
    if (bytes > room) return `${[...kept, note].join('\n')}\n`;
    kept.push(line);
  }
  return `${kept.join('\n').trimEnd()}\n`;
}

/** Seconds are enough on a card, and shorter on a phone. */
function clock(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
