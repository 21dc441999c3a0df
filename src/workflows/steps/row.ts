/** Step 3, the row: the runbook's SELECT on the proven primary, and promise S2: a failover never turns the switch off. */
import { latestSafeTimestamp } from '../../domain/clocks.js';
import type { Observation, Row, RowReading } from '../../domain/facts.js';
import { checkRow, freshFor } from '../../domain/row.js';
import { judgeTestimony, testimoniesOf, type Testimony } from '../../domain/truth-table.js';
import { RunStopped, type PresentRow, type Run } from '../run.js';
import { passGate } from './gate.js';
import { requireArmed, safePoint, type Sentry } from './sentry.js';

/** Reads the row on the target until it may be used, restoring, engaging or re-affirming it on the way. Nothing here disengages. */
export async function validateRow(run: Run, sentry: Sentry): Promise<Row> {
  let valid: Row | undefined;
  await run.step('row', 'SELECT engaged, reason, updated_at FROM kill_switch_state WHERE id = 1', async () => {
    const notes: string[] = [];
    for (;;) {
      safePoint(run);
      const reading = await readRow(run);
      const settled =
        reading.state === 'present' ? await settleRow(run, sentry, reading.row, notes) : await restore(run, sentry, reading, notes);
      if (settled === undefined) continue;
      valid = settled;
      run.row = settled;
      const text = settled.engaged ? `engaged, reason “${settled.reason}”` : 'disengaged';
      return ['done', `${[...notes, ''].join(' ')}The row is ${text}, updated ${new Date(settled.updatedAtMs).toISOString()}.`] as const;
    }
  });
  if (valid === undefined) throw new Error('the row step ended without a row'); // unreachable: the step returns or throws
  return valid;
}

async function readRow(run: Run): Promise<RowReading> {
  const target = targetOf(run);
  const inspected = run.need(
    await run.ctx.call(
      'inspect',
      { plan: run.observed, probe: false, logins: [] },
      { summary: `Read the row on ${target} and every other place that knows the switch`, effect: 'read' },
    ),
    `The row on ${target} could not be read`,
  );
  run.see(inspected.observation);
  const answer = inspected.observation.nodes.find((n) => n.node === target)?.answer;
  run.show();
  if (answer === undefined) return { state: 'unreadable', failure: { kind: 'timeout', text: `${target} did not answer` } };
  return answer.row;
}

function targetOf(run: Run): string {
  if (run.target === undefined) throw new Error('no target'); // a bug: the runbook sets it before
  return run.target.node;
}

/** A row is there: disputed → engage; invalid → people; stale → re-affirm; else it is valid. Nothing returned means: read again. */
async function settleRow(run: Run, sentry: Sentry, row: Row, notes: string[]): Promise<Row | undefined> {
  const seen = run.seen;
  const target = targetOf(run);
  const answer = seen?.nodes.find((n) => n.node === target)?.answer;
  if (seen === undefined || answer === undefined) return undefined;
  if (answer.row.state !== 'present') return undefined;
  const first = asFirstRead(run, answer.row);
  // Lineage is proven by the step before; each testimony is placed on it by its own LSN and history.
  const judged = judgeTestimony({ row: first.row, lsn: first.lsn, lineageProven: true, testimonies: everyTestimony(run, seen, target) });
  if (judged.state === 'disputed') {
    await engage(run, `Holdfast: disputed after failover. ${judged.sentence}`, notes);
    run.fail(run.record('HF_ROW_DISPUTED', judged.sentence, { rule: 'S2', node: target }));
    run.tell(['risk', 'on-call'], 'page', `${run.plan.store}: the switch is disputed and was ENGAGED`, judged.sentence);
    return undefined;
  }
  const clock = answer.clock;
  const check = checkRow(answer.row, run.plan.rowRules, run.ctx.now() + clock.offsetMs, clock.errorMs);
  const broken = check.problems.filter((p) => !p.code.includes('stale'));
  if (broken.length > 0) {
    await askAboutInvalid(
      run,
      sentry,
      broken.map((p) => p.sentence),
    );
    return undefined;
  }
  const fresh = freshFor(row, run.plan.rowRules, run.ctx.now() + clock.offsetMs, clock.errorMs);
  const needMs = run.plan.times.stopLimitMs + run.plan.times.verifyBudgetMs * 2;
  // The row must be fresh until the LAST instance has booted and read it, not only now (application contract, a).
  if (fresh >= needMs) return row;
  return reaffirm(run, sentry, row, fresh, notes);
}

/** A refreshed timestamp would make an old *disengaged* look newer than a lost *engaged*: testimony is held against the first reading. */
function asFirstRead(run: Run, reading: PresentRow): PresentRow {
  const first = run.firstReading;
  if (first !== undefined && first.row.engaged === reading.row.engaged && first.row.reason === reading.row.reason) return first;
  run.firstReading = reading;
  return reading;
}

/** Testimony of now and of every earlier observation of this run that held a word for *engaged*, placed on the target's lineage. */
function everyTestimony(run: Run, seen: Observation, target: string): readonly Testimony[] {
  const targetFacts = seen.nodes.filter((n) => n.node === target);
  const earlier = run.engagedSeen
    .filter((o) => o !== seen)
    .flatMap((o) =>
      testimoniesOf({ ...o, nodes: [...o.nodes.filter((n) => n.node !== target), ...targetFacts] }, undefined, target).filter(
        (t) => t.engaged,
      ),
    );
  return [...testimoniesOf(seen, run.plan.lastSnapshot, target), ...earlier];
}

async function restore(run: Run, sentry: Sentry, reading: RowReading, notes: string[]): Promise<undefined> {
  const target = targetOf(run);
  const node = run.node(target);
  requireArmed(run, `restore the row on ${target}`);
  if (reading.state === 'table-missing') {
    const answer = await passGate(run, sentry, {
      gate: 'restore-row',
      topic: target,
      title: `The table kill_switch_state is missing on ${target}.`,
      lines: ['It is created as the application’s contract has it, with one row: engaged. A lost engaged row looks like a clear one.'],
      logins: [],
      extraPeople: [],
    });
    if (answer.option === 'done-by-hand') return undefined;
    if (answer.option !== 'restore-engaged')
      throw new RunStopped('handed-over', `The table on ${target} was not restored (${answer.answeredBy}).`);
    run.need(
      await run.ctx.call(
        'restoreTable',
        { store: run.plan.store, node, key: run.key('row') },
        { summary: `Create the table on ${target}`, effect: 'repeatable' },
      ),
      `The table on ${target} could not be created`,
    );
    notes.push('The table was missing and was created.');
  } else if (reading.state === 'unreadable') {
    await askAboutInvalid(run, sentry, [`The row on ${target} cannot be read: ${reading.failure.text}.`]);
    return undefined;
  }
  await engage(run, 'Holdfast: the row was lost; restored as engaged', notes);
  run.tell(
    ['risk', 'on-call'],
    'page',
    `${run.plan.store}: the row was lost and was restored as ENGAGED`,
    `On ${target}. People decide what the switch should be.`,
  );
  return undefined;
}

/** Sets engaged = true. Needs no gate (promise S2), and is read again afterwards by the caller's loop. */
async function engage(run: Run, reason: string, notes: string[]): Promise<void> {
  const target = targetOf(run);
  const outcome = await run.ctx.call(
    'engageRow',
    {
      store: run.plan.store,
      node: run.node(target),
      reason: reason.replace(/\p{Cc}/gu, ' ').slice(0, run.plan.rowRules.reasonMaxLength),
      key: run.key('row'),
    },
    { summary: `Set the switch on ${target} to ENGAGED`, effect: 'repeatable' },
  );
  run.need(outcome, `The row on ${target} could not be set to engaged`);
  notes.push('It was set to engaged by this run.');
}

async function askAboutInvalid(run: Run, sentry: Sentry, sentences: readonly string[]): Promise<void> {
  const target = targetOf(run);
  run.fail(run.record('HF_ROW_INVALID', sentences.join(' '), { rule: 'row', node: target }));
  const answer = await passGate(run, sentry, {
    gate: 'inconclusive',
    topic: 'row-invalid',
    title: `The row on ${target} breaks a rule of the application.`,
    lines: [...sentences, 'Mend it by hand on this node, then answer recheck.'],
    logins: [],
    extraPeople: [],
  });
  if (answer.option === 'close') throw new RunStopped('handed-over', `The row on ${target} is not usable: ${sentences.join(' ')}`);
}

/** A row that is, or would become, too old: the lease. Re-affirming *disengaged* always needs people; engaged is the safe side. */
async function reaffirm(run: Run, sentry: Sentry, row: Row, freshMs: number, notes: string[]): Promise<Row | undefined> {
  const { target } = run;
  if (target === undefined) return undefined;
  requireArmed(run, `re-affirm the row on ${target.node}`);
  const leaseEndsAtMs = run.ctx.now() + run.plan.times.leaseMs;
  if (!row.engaged) {
    const answer = await passGate(run, sentry, {
      gate: 'reaffirm',
      topic: target.node,
      title: `The row says disengaged and is too old for the application: it would quarantine itself${freshMs > 0 ? ' before the last instance has started' : ''}.`,
      lines: [`Re-affirming renews updated_at until all instances have started, at most until ${new Date(leaseEndsAtMs).toISOString()}.`],
      logins: [],
      extraPeople: [],
    });
    if (answer.option === 'engage-instead') {
      await engage(run, `Holdfast: engaged instead of re-affirmed by ${answer.people.join(', ')}`, notes);
      return undefined;
    }
    if (answer.option === 'done-by-hand') return undefined;
    if (answer.option !== 'reaffirm')
      throw new RunStopped('handed-over', `The row on ${target.node} was not re-affirmed (${answer.answeredBy}).`);
    notes.push(`Re-affirmed by ${answer.people.join(', ')}.`);
  } else notes.push('Engaged and old: re-affirmed as engaged, which needs no gate.');
  const slowestOffsetMs = await safeClock(run, sentry, row);
  if (slowestOffsetMs === undefined) return undefined;
  const lease = run.ctx.background(
    'holdLease',
    {
      store: run.plan.store,
      node: run.node(target.node),
      row,
      timeline: target.timeline,
      endsAtMs: leaseEndsAtMs,
      renewAfterMs: run.plan.rowRules.staleAfterMs / 3,
      everyMs: run.plan.times.observeEveryMs,
      slowestOffsetMs,
      key: run.key('reaffirm'),
    },
    {
      summary: `Freshness lease: keep updated_at young on ${target.node}`,
      effect: 'read-back',
      limitMs: run.plan.times.leaseMs + 10_000,
      queue: 'act',
    },
  );
  run.lease = lease;
  endWhenDisarmed(run);
  // The first write is what instances will read: it must be seen on the node before anything boots.
  for (;;) {
    requireArmed(run, `re-affirm the row on ${target.node}`);
    if (lease.ended() !== undefined) {
      const ended = await lease.stop();
      run.lease = undefined;
      if (ended.kind !== 'done') run.fail(ended.error);
      notes.push('The lease ended early; the row is read again.');
      return undefined;
    }
    const reading = await readRow(run);
    // Somebody else's change is no re-affirmation of ours: it is validated from the start.
    if (reading.state !== 'present' || reading.row.engaged !== row.engaged || reading.row.reason !== row.reason) {
      await lease.stop();
      run.lease = undefined;
      return undefined;
    }
    if (reading.row.updatedAtMs > row.updatedAtMs) return reading.row;
    await run.ctx.waitUntil(() => lease.ended() !== undefined, run.plan.times.observeEveryMs, 'Until the first re-affirmation is seen');
  }
}

/** A disarmed store is not kept fresh a moment longer (promise S15). */
function endWhenDisarmed(run: Run): void {
  const { lease } = run;
  void run.ctx
    .waitUntil(() => run.inbox.disarmed !== undefined || lease?.ended() !== undefined)
    .then(() => (run.inbox.disarmed === undefined ? undefined : lease?.stop()));
}

/** The slowest verified clock minus the worker's (promise S13). Nothing returned: people were asked to mend a clock; read again. */
async function safeClock(run: Run, sentry: Sentry, row: Row): Promise<number | undefined> {
  const clocks = Object.fromEntries((run.seen?.nodes ?? []).flatMap((n) => (n.answer === undefined ? [] : [[n.node, n.answer.clock]])));
  const now = run.ctx.now();
  const safe = latestSafeTimestamp(clocks, now, row.updatedAtMs);
  if (safe.state === 'safe') return safe.atMs - now;
  await askAboutInvalid(run, sentry, [safe.sentence]);
  return undefined;
}
