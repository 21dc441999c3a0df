import type { CommonOptions } from '../context.js';
import type { Registrar } from '../program.js';

/** Adds `demo`. Its code is imported late: it brings the lab. */
export function registerDemo({ context, program, verb, does }: Registrar): void {
  const demo = verb(program, 'demo', 'Watch a real primary die and the whole runbook carried out, on this machine alone.', [
    'holdfast demo                  (you answer at each gate: y, n)',
    'holdfast demo --yes            (two people of the demo answer)',
    'holdfast demo --engaged --yes  (the night when the switch was on)',
    'holdfast demo --ui             (you answer in Temporal’s page; typed names count)',
    'holdfast demo --patroni --kubernetes --yes  (Patroni promotes by itself; pods are replaced)',
    'holdfast demo --yes --output json',
  ])
    .option('--yes', 'two people of the demo, ana and ben, sign every yes')
    .option('--ui', 'answers typed in Temporal’s page count; each card says so')
    .option('--engaged', 'the switch is on before the primary dies; ends verified-engaged')
    .option('--patroni', 'three servers under Patroni instead of a pair; only together with --kubernetes')
    .option(
      '--kubernetes',
      'the application as pods of a real API server; only together with --patroni. Linux, with the packages etcd-server, postgresql and python3-venv; the API server is built with Go once (about ten minutes)',
    )
    .option('--keep', 'keep the folder of the demo: data, logs, configuration');
  does<CommonOptions & Readonly<Partial<Record<'yes' | 'ui' | 'engaged' | 'keep' | 'patroni' | 'kubernetes', boolean>>>>(
    demo,
    async (_words, options) => (await import('./demo.js')).demoCommand(context, options),
  );
}
