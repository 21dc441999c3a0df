/** How a run ends: safely when it must stop early, with its intervals counted, its obligations named and its records started. */
import { formatDuration } from '../../domain/duration.js';
import type { Outcome, RunResult } from '../../domain/run-facts.js';
import { runTimes } from '../../domain/run-times.js';
import type { Run } from '../run.js';
import type { PauseKeeper } from './trading.js';

/** Makes the safe outcome true (design S7): trading paused and proven, people told, the manual continuation at hand. */
export async function standDown(run: Run, keeper: PauseKeeper, outcome: Outcome, because: string): Promise<Outcome> {
  const quiet = outcome === 'no-failover' || outcome === 'rehearsed' || outcome.startsWith('verified');
  if (quiet) return outcome;
  // Disarming in the middle stops no pause; a store that was never armed is not touched at all (promise S15).
  if (run.plan.armed) await keeper.pause(because);
  run.tell(
    ['on-call', 'risk'],
    'page',
    `${run.plan.store}: the run stopped (${outcome})`,
    `${because}\n\nTrading: ${run.pause.state}. The remaining steps by hand: \`holdfast status ${run.plan.store} --manual\`.`,
  );
  return outcome;
}

/** The result and its one summary line. */
export function resultOf(run: Run, outcome: Outcome, because: string): RunResult {
  const times = runTimes(run.facts(), run.ctx.now(), { lostAtMs: run.controlLostAtMs, backAtMs: run.controlBackAtMs });
  const where = run.target === undefined ? '' : ` on ${run.target.node} (timeline ${run.target.timeline})`;
  const row = run.row === undefined ? '' : `, the switch is ${run.row.engaged ? `ENGAGED (“${run.row.reason}”)` : 'clear'}`;
  const spent = ` in ${formatDuration(times.machineMs)} of machine time and ${formatDuration(times.humanMs)} of waiting for people`;
  const text = outcome.startsWith('verified')
    ? `${outcome}: ${run.plan.store}${where}${row}, ${tradingWords(run)}${spent}`
    : `${outcome}: ${run.plan.store}: ${because}`;
  return {
    schema: 1,
    outcome,
    summary: text,
    store: run.plan.store,
    incident: run.plan.incident,
    ...(run.judgement === undefined ? {} : { verdict: run.judgement.verdict.code }),
    ...(run.target === undefined ? {} : { target: run.target }),
    ...(run.row === undefined ? {} : { row: run.row }),
    times,
    obligations: obligations(run),
  };
}

function tradingWords(run: Run): string {
  switch (run.pause.state) {
    case 'lifted':
      return 'trading is resumed';
    case 'proven':
      return 'trading is paused, proven';
    case 'none':
      return 'trading was not paused by Holdfast';
    case 'asked':
    case 'unproven':
      return 'the pause of trading is UNPROVEN';
    case 'unable':
      return 'trading must be paused by hand';
  }
}

function obligations(run: Run): readonly string[] {
  const open: string[] = [];
  for (const fence of run.fences) open.push(`${fence.node} is fenced (class ${fence.class}) until it is rejoined, wiped or signed off.`);
  for (const node of run.unfenced) open.push(`${node} is NOT fenced.`);
  if (run.pause.state === 'proven') open.push('Trading is paused by Holdfast; whoever lifts the pause does so by hand.');
  if (run.pause.state === 'asked' || run.pause.state === 'unproven')
    open.push(`The pause is unproven. ${run.plan.adapters.pause.manualKill}`);
  if (run.plan.freshnessKeeper === '' && run.row !== undefined && !run.row.engaged) {
    const until = new Date(run.row.updatedAtMs + run.plan.rowRules.staleAfterMs).toISOString();
    open.push(`Nobody is named who keeps the row fresh: instances quarantine themselves after ${until}.`);
  }
  return open;
}
