import type { CommonOptions } from '../context.js';
import type { Registrar } from '../program.js';

/** Adds `demo`. Its code is imported late: it brings the lab. */
export function registerDemo({ context, program, verb, does }: Registrar): void {
  const demo = verb(program, 'demo', 'Watch a real primary die and the whole runbook carried out, on this machine alone.', [
    'holdfast demo                  (you answer at each gate: y, n)',
    'holdfast demo --yes            (two people of the demo answer)',
    'holdfast demo --engaged --yes  (the night when the switch was on)',
    'holdfast demo --ui             (you answer in Temporal’s page; typed names count)',
    'holdfast demo --yes --output json',
  ])
    .option('--yes', 'two people of the demo, ana and ben, sign every yes')
    .option('--ui', 'answers typed in Temporal’s page count; each card says so')
    .option('--engaged', 'the switch is on before the primary dies; ends verified-engaged')
    .option('--keep', 'keep the folder of the demo: data, logs, configuration');
  does<CommonOptions & { readonly yes?: boolean; readonly ui?: boolean; readonly engaged?: boolean; readonly keep?: boolean }>(
    demo,
    async (_words, options) => (await import('./demo.js')).demoCommand(context, options),
  );
}
