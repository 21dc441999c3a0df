/** The demo as text: finished lines stay, and below them one live line tells what is under way. Without a terminal there is no live line. */
import pc from 'picocolors';
import type { DemoEvent, View } from './events.js';
import { cut, entry, NARROW_COLUMNS, pad, seconds, widthOf, wrap } from './layout.js';
import type { DemoKind } from './scene.js';
import { stepWords } from './step-words.js';
import { aboutLines, endLines, gateLines, type Paint } from './text-parts.js';

/** What the text view writes to. */
export interface TextOutput {
  out(line: string): void;
  /** Present at a terminal only. */
  live?(text: string): void;
  columns(): number;
  readonly colours: boolean;
  now(): number;
}

const CLEAR_LINE = '\r\u001b[2K';
const SPINNER = ['|', '/', '-', '\\'] as const;
const LABELS = 23;
const SET_UP_LABELS = 11;
/** `  ✓    0.4 s  `. */
const BEFORE_LABEL = 13;
const DETAIL_LINES = 2;

/** Makes the text view. */
export function textView(output: TextOutput): View {
  const paint: Paint = pc.createColors(output.colours);
  let underWay: { readonly what: string; readonly sinceMs: number } | undefined;
  let frame = 0;
  let live = false;
  let kind: DemoKind = 'pair';

  const clear = (): void => {
    if (live) output.live?.(CLEAR_LINE);
    live = false;
  };
  const line = (text = ''): void => {
    clear();
    output.out(text);
  };
  const lines = (many: readonly string[]): void => many.forEach((text) => line(text));
  const head = (text: string): void => lines(['', paint.bold(text)]);
  const doing = (what: string | undefined): void => {
    underWay = what === undefined ? undefined : { what, sinceMs: output.now() };
  };

  /** A finished thing: mark, seconds, label, and why or what came of it. */
  const done = (mark: string, tookMs: number | undefined, label: string, why: string, labels = LABELS): void => {
    const before = `  ${mark}  ${tookMs === undefined ? ' '.repeat(7) : seconds(tookMs)}  `;
    const room = output.columns() - BEFORE_LABEL - labels - 3;
    // Where it would be cut off, it stands below.
    const beside = widthOf(why) <= room;
    line(`${before}${pad(label, labels)}${beside ? `  ${why}` : ''}`.trimEnd());
    if (!beside) lines(wrap(why, output.columns() - BEFORE_LABEL - 1).map((text) => `${' '.repeat(BEFORE_LABEL + 1)}${text}`));
  };
  const detail = (text: string): void => {
    const room = output.columns() - BEFORE_LABEL - 1;
    const all = wrap(text, room);
    const shown = all
      .slice(0, DETAIL_LINES)
      .map((part, index) =>
        index === DETAIL_LINES - 1 && all.length > DETAIL_LINES ? cut(`${part} ${all[DETAIL_LINES] ?? ''}`, room) : part,
      );
    lines(shown.map((part) => `${' '.repeat(BEFORE_LABEL + 1)}${paint.dim(part)}`));
  };

  const show = (event: DemoEvent): void => {
    switch (event.event) {
      case 'about':
        kind = event.kind;
        return lines(aboutLines(event, output.columns(), paint));
      case 'setting-up':
        head('Setting up');
        return doing('starting everything');
      case 'set-up':
        return done(paint.green('✓'), event.sinceMs, event.what, event.detail, SET_UP_LABELS);
      case 'links':
        head('Watch it in Temporal’s page, until the demo ends');
        line(`  ${paint.cyan(event.ui)}`);
        return;
      case 'primary-killed':
        head('The primary dies');
        return done(
          paint.red('✗'),
          undefined,
          'Primary killed',
          kind === 'full'
            ? `kill -9 to host ${event.node} and PostgreSQL ${event.pid}`
            : `kill -9 to database ${event.node}, process ${event.pid}`,
        );
      case 'alert-posted':
        done(paint.green('✓'), event.tookMs, 'Alert accepted', `HTTP ${event.status}: stored before it is answered`);
        head('Holdfast carries out the runbook');
        return doing('Holdfast begins');
      case 'promoted': {
        // What is under way stays under way.
        done(paint.yellow('!'), event.sinceMs, 'Patroni has promoted', `by itself: ${event.node} leads now`);
        return;
      }
      case 'step-began':
        return doing(stepWords(kind)[event.step].label);
      case 'step':
        done(
          event.result === 'refused' || event.result === 'failed' ? paint.red('✗') : paint.green('✓'),
          event.tookMs,
          stepWords(kind)[event.step].label,
          output.columns() >= NARROW_COLUMNS ? stepWords(kind)[event.step].why : '',
        );
        doing('next step');
        return detail(event.plain);
      case 'gate':
        lines(gateLines(event.card, event.answers, output.columns(), paint));
        return doing('waiting for an answer');
      case 'whole-card':
        return lines([
          '',
          ...event.text
            .trimEnd()
            .split('\n')
            .map((text) => `     ${text}`),
          '',
        ]);
      case 'asked': {
        const where = event.answers === 'ui' ? ', or answer in Temporal’s page' : '';
        return doing(`${event.person}: y = ${event.option}, n = no, c = card${where}`);
      }
      case 'answer':
        return line(`  ${paint.yellow('→')}  ${paint.bold(event.person)} says ${paint.bold(event.option)}, signed with a key of the lab`);
      case 'not-counted':
        return lines(entry('!', event.why, { indent: 2, headings: 1, columns: output.columns() }));
      case 'gate-closed':
        doing('Holdfast goes on');
        return lines([
          `  ${paint.yellow('→')}  ${seconds(event.waitedMs).trim()} later: ${event.option}${event.people.length === 0 ? ', nobody answered' : `, by ${event.people.join(' and ')}`}`,
          '',
        ]);
      case 'worker-killed':
        done(paint.red('✗'), undefined, 'Worker killed', `kill -9 to Holdfast itself, process ${event.pid}`);
        return doing('starting a new worker');
      case 'worker-back':
        done(paint.green('✓'), event.tookMs, 'New worker polls', `process ${event.pid} goes on from the history`);
        return doing('the run goes on');
      case 'ending':
        return doing('collecting the report');
      case 'ended':
        clear();
        doing(undefined);
        return lines(endLines(event, output.columns(), paint));
      case 'interrupted':
        doing(undefined);
        return line('\nInterrupted. Ending everything that was started …');
      case 'failed':
        doing(undefined);
        head('The demo failed');
        for (const [heading, text] of [
          ['Cause', event.cause],
          ['Try', event.command],
          ...(event.logs === undefined ? [] : [['Logs', event.logs] as const]),
        ] as const) {
          lines(entry(heading, text, { indent: 2, headings: 5, columns: output.columns() }));
        }
    }
  };

  return {
    show,
    tick: () => {
      if (output.live === undefined || underWay === undefined) return;
      frame += 1;
      const text = `  ${SPINNER[frame % SPINNER.length] ?? ''}  ${seconds(output.now() - underWay.sinceMs)}  ${underWay.what}`;
      output.live(`${CLEAR_LINE}${paint.cyan(cut2(text, output.columns() - 1))}`);
      live = true;
    },
    close: clear,
  };
}

/** Cuts without touching the spaces that align. */
function cut2(text: string, width: number): string {
  const characters = Array.from(text);
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}
