import { formatDuration } from '../../domain/duration.js';
import type { NodeAnswer, NodeFacts } from '../../domain/facts.js';
import type { Failure } from '../../domain/failure.js';
import type { Plan } from '../../domain/plan.js';
import { fail, ok, warn } from './item.js';
import type { CheckItem } from './item.js';

/** A candidate whose clock is further off is refused in a run (design S13). */
const CLOCK_LIMIT_MS = 2000;

/** What the nodes said, judged for readiness. Pure. */
export function checkNodes(plan: Plan, facts: readonly NodeFacts[], nowMs: number): readonly CheckItem[] {
  const answered = facts.flatMap((node) => (node.answer === undefined ? [] : [{ name: node.node, answer: node.answer }]));
  const primaries = answered.filter(({ answer }) => !answer.inRecovery);
  return [
    ...facts.map((node) =>
      node.answer === undefined
        ? unanswered(node.node, node.failure)
        : ok(
            `node ${node.node}`,
            `${node.answer.inRecovery ? 'standby' : 'primary'}, timeline ${node.answer.history.timeline}, PostgreSQL ${node.answer.serverVersion}`,
          ),
    ),
    primaryItem(primaries.map(({ name }) => name)),
    ...sameSystem(answered),
    ...answered.flatMap(({ name, answer }) => [markerItem(plan, name, answer), clockItem(name, answer)]),
    ...(primaries.length === 1 && primaries[0] !== undefined ? againstPrimary(plan, primaries[0], answered, nowMs) : []),
  ];
}

interface Answered {
  readonly name: string;
  readonly answer: NodeAnswer;
}

function unanswered(name: string, failure: Failure | undefined): CheckItem {
  const kind = failure?.kind ?? 'other';
  const next =
    kind === 'tls'
      ? 'Issue a certificate for its own address from the configured CA.'
      : kind === 'auth'
        ? 'Check role, client certificate and pg_hba.conf.'
        : 'Check host, port and network from this machine.';
  return fail(`node ${name}`, `${kind}: ${failure?.text ?? 'no answer'}`, next);
}

function primaryItem(names: readonly string[]): CheckItem {
  if (names.length === 1) return ok('primary', `exactly one: ${names[0]}`);
  if (names.length === 0)
    return fail('primary', 'no node is out of recovery', 'Find out which node should be primary; nothing can be verified without one.');
  return fail('primary', `${names.join(' and ')} both accept writes`, 'Stop one of them now: this is a split brain.');
}

function sameSystem(answered: readonly Answered[]): readonly CheckItem[] {
  const ids = new Set(answered.map(({ answer }) => answer.systemIdentifier));
  return ids.size <= 1
    ? []
    : [
        fail(
          'system identifier',
          answered.map(({ name, answer }) => `${name} ${answer.systemIdentifier}`).join(', '),
          'These nodes are not one cluster; correct the addresses.',
        ),
      ];
}

function markerItem(plan: Plan, name: string, answer: NodeAnswer): CheckItem {
  const area = `marker ${name}`;
  if (answer.marker === plan.environment) return ok(area, `environment ${answer.marker}`);
  return answer.marker === undefined
    ? fail(
        area,
        'there is none: Holdfast’s schema is missing or not readable',
        `Run \`holdfast migrate up --store ${plan.store}\` as the owner.`,
      )
    : fail(
        area,
        `says ${answer.marker}, the configuration says ${plan.environment}`,
        'This may be another environment’s database: correct the address, or the marker by `holdfast migrate up`.',
      );
}

function clockItem(name: string, { clock }: NodeAnswer): CheckItem {
  const words = `${clock.offsetMs >= 0 ? '+' : ''}${Math.round(clock.offsetMs)} ms ± ${Math.round(clock.errorMs)} ms against this machine`;
  return Math.abs(clock.offsetMs) - clock.errorMs > CLOCK_LIMIT_MS
    ? fail(`clock ${name}`, `${words}; the limit is ${CLOCK_LIMIT_MS} ms`, 'Synchronise the clocks (NTP) of node and worker.')
    : ok(`clock ${name}`, words);
}

function againstPrimary(plan: Plan, primary: Answered, answered: readonly Answered[], nowMs: number): readonly CheckItem[] {
  const standbys = answered.filter(({ name }) => name !== primary.name);
  const { standbyNames, applicationCommit, inSync } = primary.answer.sync;
  const lossless = standbyNames !== '' && inSync.length > 0 && !['off', 'local'].includes(applicationCommit);
  return [
    rowItem(plan, primary, nowMs),
    lossless
      ? ok('possible loss', `synchronous with ${inSync.join(', ')}; the application commits with ${applicationCommit}`)
      : warn(
          'possible loss',
          `asynchronous (synchronous_standby_names "${standbyNames}", in sync: ${inSync.length}, synchronous_commit ${applicationCommit})`,
          'A failover may lose the last changes of the switch; use synchronous replication for none.',
        ),
    ...standbys.flatMap(({ name, answer }) => [streamItem(name, answer), ...settingItems(name, answer, primary)]),
  ];
}

function rowItem(plan: Plan, { name, answer }: Answered, nowMs: number): CheckItem {
  const { row } = answer;
  switch (row.state) {
    case 'present': {
      const ageMs = nowMs + answer.clock.offsetMs - row.row.updatedAtMs;
      const words = `${row.row.engaged ? 'engaged' : 'disengaged'}, ${formatDuration(Math.max(ageMs, 0))} old on ${name}`;
      return ageMs <= plan.rowRules.staleAfterMs
        ? ok('row', words)
        : warn(
            'row',
            `${words}; the application takes at most ${formatDuration(plan.rowRules.staleAfterMs)}`,
            'Instances that read it now quarantine themselves; see `freshnessKeeper`.',
          );
    }
    case 'row-missing':
    case 'table-missing':
      return fail('row', `${row.state} on ${name}: the application reads that as disengaged`, 'Restore it as engaged.');
    case 'unreadable':
      return fail('row', `${row.failure.kind}: ${row.failure.text}`, 'Check Holdfast’s grants.');
  }
}

function streamItem(name: string, answer: NodeAnswer): CheckItem {
  const receiver = answer.walReceiver;
  if (receiver === undefined || !receiver.visible)
    return warn(
      `replication ${name}`,
      'its WAL receiver cannot be seen, so it is no witness',
      'Grant pg_read_all_stats (pg_monitor) to Holdfast’s role.',
    );
  return receiver.status === 'streaming'
    ? ok(`replication ${name}`, `streaming from ${receiver.upstream ?? 'its upstream'}, received ${answer.receivedLsn}`)
    : fail(`replication ${name}`, `WAL receiver is ${receiver.status ?? 'not there'}`, 'Mend replication; this node could not take over.');
}

function settingItems(name: string, answer: NodeAnswer, primary: Answered): readonly CheckItem[] {
  return Object.entries(primary.answer.settings).flatMap(([setting, value]) => {
    const own = answer.settings[setting];
    return own !== undefined && own < value
      ? [
          fail(
            `settings ${name}`,
            `${setting} is ${own}, on ${primary.name} ${value}`,
            'Raise it on the standby: a hot standby stops, or is short of it once promoted.',
          ),
        ]
      : [];
  });
}
