/** The longer parts of the demo’s text: what it will start, a gate, the end. Pure. */
import type pc from 'picocolors';
import type { Answers, DemoEvent } from './events.js';
import type { GateCard } from './gate-card.js';
import { cut, entry, NARROW_COLUMNS, pad, seconds, wrap } from './layout.js';

/** Colours, or functions that add none. */
export type Paint = Pick<ReturnType<typeof pc.createColors>, 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan'>;

type Event<Name extends DemoEvent['event']> = Extract<DemoEvent, { readonly event: Name }>;

const ANSWERED: Readonly<Record<Answers, string>> = {
  yes: 'by two people of the lab, ana (on-call) and ben (risk), who sign with keys of their own',
  keys: 'by you: y or n at each gate, signed with the keys of ana (on-call) and ben (risk)',
  ui: 'by you, by keys or in Temporal’s page, where a typed name counts: --ui allows that, and each card says so',
};

const PAIR_STORY =
  'The database under it is about to die for real, and Holdfast carries out the runbook: pause trading, promote the standby, prove it, move the application, resume.';
const FULL_STORY =
  'The host of the database under it is about to die for real. Patroni promotes another node by itself; Holdfast finds that out, asks whether to accept it, proves it and does the rest: pause trading, patch the Secret, replace the pods, one first, verify, resume.';

type Part = readonly [heading: string, text: string];
const PAIR_PARTS: readonly Part[] = [
  ['Database', 'two PostgreSQL servers: primary a, standby b'],
  ['Application', 'three processes that read the switch'],
];
const FULL_PARTS: readonly Part[] = [
  ['Database', 'three PostgreSQL servers under Patroni: leader n1, replicas n2 and n3; one etcd'],
  ['Kubernetes', 'a real API server and its controllers, one etcd; a kubelet of the lab runs pods as processes'],
  ['Application', 'Deployment geosync-api: three pods that read the switch; Deployment trading: one pod, scaled to 0 to pause'],
  ['Needs', 'Linux, PostgreSQL 15 or newer with its server programs, etcd, python3-venv, about 1 GB of memory'],
];

/** Said before anything is started. */
export function aboutLines(about: Event<'about'>, columns: number, paint: Paint): readonly string[] {
  const width = Math.min(columns, 100);
  const layout = { indent: 2, headings: 11, columns: width };
  const full = about.kind === 'full';
  const story = `A trading platform keeps one row in PostgreSQL, the kill switch: it says whether automated trading must stand still.${about.engaged ? ' Tonight it is ON.' : ''} ${full ? FULL_STORY : PAIR_STORY} Holdfast itself is killed once on the way.`;
  return [
    paint.bold(`Holdfast demo: a real failover on ${full ? 'Patroni and Kubernetes' : 'this machine'}`),
    '',
    ...wrap(story, width),
    '',
    paint.bold('What it starts, and ends again'),
    ...(full ? FULL_PARTS : PAIR_PARTS).flatMap(([heading, text]) => entry(heading, text, layout)),
    ...entry(
      'Temporal',
      'one development server with its web page; its command-line tool is fetched with pip, once, if there is none',
      layout,
    ),
    ...entry('Holdfast', 'one gateway (takes alerts), one worker (does the work)', layout),
    ...entry('Stand-ins', full ? 'three pagers, inside this process' : 'a trading engine and three pagers, inside this process', layout),
    ...entry('Where', 'free ports on 127.x.y.z; nothing is sent to any other machine', layout),
    ...entry('Folder', `${about.folder}${about.keep ? ', kept (--keep)' : ', removed at the end'}`, layout),
    ...entry('Kept', `${about.keptIn}: report, evidence, history`, layout),
    ...about.first.flatMap((text, index) => entry(index === 0 ? 'First' : '', text, layout)),
    ...entry('Approved', ANSWERED[about.answers], layout),
    ...entry('Stop', '^C at any time; nothing is left', layout),
  ];
}

/** A gate: the short card and how to answer. */
export function gateLines(card: GateCard, answers: Answers, columns: number, paint: Paint): readonly string[] {
  const layout = { indent: 5, headings: 8, columns: Math.min(columns, 100) };
  const again = card.opening === 1 ? '' : `, shown again (${card.opening}): earlier codes are void`;
  const clock = `${new Date(card.deadlineMs).toISOString().slice(11, 19)} UTC`;
  const many = card.signers.length === 1 ? 'one person must answer' : `${card.signers.length} people must answer`;
  const paste = card.signers.map(
    (by) => `{"schema":1,"gate":"${card.gate}","option":"${card.yes.option}","code":"${card.code}","by":"${by}"}`,
  );
  return [
    '',
    `  ${paint.yellow('?')}  ${paint.bold(`Gate ${card.gate}: ${many}`)}${again}`,
    ...card.lines.flatMap(([heading, text]) => entry(heading, text, layout)),
    ...entry('Yes', card.yes.does, layout),
    ...entry('No', card.no.does, layout),
    ...entry('Silence', `the same as no, at ${clock}`, layout),
    ...entry('Code', `${card.code}: the short form of what an answer is bound to`, layout),
    ...(answers === 'yes' ? [] : entry('Keys', `y = yes, n = no, c = the whole card; asked: ${card.signers.join(', then ')}`, layout)),
    ...(answers === 'ui'
      ? [
          ...entry(
            'Page',
            `or send the signal “decide” in Temporal’s page${paste.length === 1 ? '' : ', once a person'}. ${card.typedNamesCount ? 'Typed names count here: nothing proves who answered.' : ''}`,
            layout,
          ),
          ...paste,
        ]
      : []),
    '',
  ];
}

/** The end: timeline, recovery, the world, what is kept, what next. The summary comes after it. */
export function endLines(end: Event<'ended'>, columns: number, paint: Paint): readonly string[] {
  const width = Math.min(columns, 100);
  const layout = { indent: 2, headings: 11, columns: width };
  const labels = Math.max(...end.timeline.map((row) => row.what.length));
  const narrow = width < NARROW_COLUMNS;
  const timeline = end.timeline.map(({ sinceMs, tookMs, what, detail }) => {
    const times = `  ${`+${seconds(sinceMs).trim()}`.padStart(8)}  ${tookMs === undefined ? ' '.repeat(7) : seconds(tookMs)}  `;
    if (narrow) return `${times}${what}`;
    return `${times}${pad(what, labels)}  ${cut(detail, width - times.length - labels - 2)}`;
  });
  return [
    '',
    paint.bold('Timeline'),
    paint.dim('     since     took  (since the death of the primary)'),
    ...timeline,
    '',
    paint.bold('Recovery'),
    ...end.recovery.flatMap((text) => wrap(text, width - 2).map((part) => `  ${part}`)),
    '',
    paint.bold('The switch now, asked by the demo itself'),
    ...end.world.lines.flatMap(([where, says]) => entry(where, says, layout)),
    ...end.open.flatMap((text) => entry('still open', text, layout)),
    '',
    paint.bold('Kept'),
    `  ${end.kept.shown}`,
    ...end.kept.files.flatMap(([name, what]) => entry(name, what, { ...layout, indent: 4, headings: 13 })),
    '',
    paint.bold('Next'),
    ...end.next.flatMap(([why, command]) => [`  ${why}:`, `    ${command}`]),
    '',
  ];
}
