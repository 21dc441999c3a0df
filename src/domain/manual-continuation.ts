/**
 * The manual continuation: the rest of the runbook as plain commands, for whoever goes on without Holdfast (design S11, abort, silence).
 * Made from names and addresses only; secrets are referred to by file or variable. Pure, so that a query can answer it at any time.
 */
import { formatInstant } from './duration.js';
import type { ManualContinuationInput } from './manual-input.js';
import { remainingSteps } from './manual-steps.js';
import { codeBlock, markdownText } from './markdown.js';

/** Renders the remaining runbook as Markdown. Contains no secret, because its input has none. */
export function manualContinuation(input: ManualContinuationInput): string {
  const steps = remainingSteps(input);
  const done = input.done.length === 0 ? 'nothing is proven done' : `proven done: ${input.done.join(', ')}`;
  return [
    `# Manual continuation: ${markdownText(input.store, 120)}`,
    '',
    `Incident ${markdownText(input.incident, 200)}, written ${formatInstant(input.writtenAtMs)}; ${done}.`,
    `Why: ${markdownText(input.because, 600)}`,
    '',
    'Do the steps in this order. After each one, the check must hold before the next one begins. Do not disengage the switch to get on.',
    '',
    ...steps.flatMap(({ title, text, commands }, index) => [
      `## ${index + 1}. ${title}`,
      '',
      text,
      '',
      ...(commands.length === 0 ? [] : [...codeBlock(commands, 'sh'), '']),
    ]),
  ].join('\n');
}
