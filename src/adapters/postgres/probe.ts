import type { ProbeResult } from '../../domain/facts.js';
import type { Failure } from '../../domain/failure.js';
import type { Session } from './connection.js';
import { PostgresFailure } from './postgres-failure.js';

/** Where the server waits for a standby after it has committed locally (its source's name, the same in every language). */
const SYNC_WAIT_ROUTINE = 'SyncRepWaitForLSN';
/** How long the answer to a cancelled commit is waited for. */
const CANCEL_ANSWER_MS = 500;

/** What a probe needs. */
export interface ProbeOptions {
  readonly prober: string;
  /** The application's `synchronous_commit`: the probe waits for what the application would wait for. */
  readonly applicationCommit: string;
  readonly lockMs: number;
  readonly probeMs: number;
  /** Cancels the running statement of a backend over a second connection. */
  readonly cancelBackend: (pid: number) => Promise<void>;
}

const blocked = (probeMs: number): Failure => ({
  kind: 'timeout',
  code: 'commit-blocked',
  text: `the commit waited more than ${probeMs} ms for a synchronous standby`,
});

/** Resolves with true when `work` is done within the time. */
async function within(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Commits to Holdfast's own table as the application would. It never touches the row.
 *
 * Trap: the server's statement timeout does not cover the wait for a standby, and a cancelled wait *succeeds* (it is committed locally,
 * with a warning). So the time is kept here, the wait is cancelled over a second connection, which also frees the row for the next
 * probe, and the warning is what tells "commits, but no standby confirms" from "does not commit".
 */
export async function probe(session: Session, options: ProbeOptions): Promise<ProbeResult> {
  const { prober, applicationCommit, lockMs, probeMs, cancelBackend } = options;
  let waitCancelled = false;
  session.onNotice((routine) => {
    waitCancelled ||= routine === SYNC_WAIT_ROUTINE;
  });
  const started = performance.now();
  try {
    await session.query('begin');
    const [self] = await session.query<{ pid: number }>(
      `select pg_backend_pid() as pid, set_config('synchronous_commit', $1, true), set_config('lock_timeout', $2, true), set_config('statement_timeout', $3, true)`,
      [applicationCommit, String(lockMs), String(probeMs)],
    );
    await session.query(
      `insert into holdfast.probe (prober, probed_at) values ($1, clock_timestamp()) on conflict (prober) do update set probed_at = excluded.probed_at`,
      [prober],
    );
    const commit = session.query('commit');
    // Awaited below; without this a failure in the meantime would count as unhandled.
    commit.catch(() => undefined);
    if (!(await within(commit, probeMs))) {
      await cancelBackend(self?.pid ?? 0).catch(() => undefined);
      if (!(await within(commit, CANCEL_ANSWER_MS))) {
        return { state: 'failed', failure: { kind: 'timeout', text: `no answer to the commit within ${probeMs} ms` } };
      }
    }
    if (waitCancelled) return { state: 'failed', failure: blocked(probeMs) };
    const tookMs = Math.round(performance.now() - started);
    const [at] = await session.query<{ lsn: string }>('select pg_current_wal_lsn()::text as lsn');
    return { state: 'committed', lsn: at?.lsn ?? '0/0', tookMs };
  } catch (error) {
    if (!(error instanceof PostgresFailure)) throw error;
    if (error.stage === 'answered') await session.query('rollback').catch(() => undefined);
    return { state: 'failed', failure: error.failure };
  }
}
