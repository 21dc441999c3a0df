/** What really is, read without Holdfast: SQL on the nodes, the instances' own answers, the trading engine's own record. */
import { readFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { request } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Instance, NodeName } from '../../../lab/index.js';
import type { Stage } from '../../../src/cli/demo/stage.js';
import type { AnyStage } from '../../../src/cli/demo/stage-types.js';

const run = promisify(execFile);
const ASK_MS = 3000;

export interface RowSeen {
  readonly engaged: boolean;
  readonly reason: string;
  readonly ageMs: number;
  /** As PostgreSQL prints it, to the microsecond: equal texts are the same write. */
  readonly updatedAt: string;
}

/** The row on a node; absent when there is none. */
export async function rowOn(stage: Stage, node: NodeName): Promise<RowSeen | undefined> {
  const [row] = await stage.lab.pair.sql<{ engaged: boolean; reason: string; age: string; at: string }>(
    node,
    `select engaged, reason, (extract(epoch from clock_timestamp() - updated_at) * 1000)::bigint::text as age, updated_at::text as at from public.kill_switch_state where id = 1`,
  );
  return row === undefined ? undefined : { engaged: row.engaged, reason: row.reason, ageMs: Number(row.age), updatedAt: row.at };
}

/** Timeline of a primary, from the name of the WAL file that it writes now. */
export async function timelineOf(stage: Stage, node: NodeName): Promise<number> {
  const [row] = await stage.lab.pair.sql<{ tli: number }>(
    node,
    `select ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int as tli`,
  );
  return row?.tli ?? 0;
}

/** Client addresses that hold a session of the application on a node. */
export async function sessionsOn(stage: Stage, node: NodeName): Promise<readonly string[]> {
  const rows = await stage.lab.pair.sql<{ address: string }>(
    node,
    `select distinct host(client_addr) as address from pg_stat_activity where application_name = 'geosync-kill-switch' order by 1`,
  );
  return rows.map((r) => r.address);
}

/** What the service control of a node's host says: `active|inactive enabled|disabled`. */
export async function serviceOf(stage: Stage, node: NodeName): Promise<string> {
  const { stdout } = await run(path.join(stage.lab.dir, 'bin', `pgctl-${node}`), ['status']).catch((error: { stdout?: string }) => ({
    stdout: error.stdout ?? '',
  }));
  return stdout.trim();
}

/** Service control of a node's host, as a person at its shell would use it. */
export async function service(stage: Stage, node: NodeName, ...verbs: readonly ('start' | 'stop' | 'disable' | 'enable')[]): Promise<void> {
  for (const verb of verbs) await run(path.join(stage.lab.dir, 'bin', `pgctl-${node}`), [verb]);
}

export interface Answered {
  readonly status: number;
  readonly body: string;
}

/** An instance's own word on its health; absent when it gives none. Asked as its load balancer would ask. */
export async function healthOf(instance: Pick<Instance, 'healthUrl' | 'hostHeader'>): Promise<Answered | undefined> {
  return new Promise((resolve) => {
    const asked = request(instance.healthUrl, { headers: { host: instance.hostHeader }, timeout: ASK_MS }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (body += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(undefined));
    asked.end();
  });
}

/** Pids of the instances that run, by name. */
export function pidsOf(stage: Stage): Readonly<Record<string, number | undefined>> {
  return Object.fromEntries(stage.lab.instances.map((i) => [i.name, i.pid()]));
}

/** The application's env file, as bytes in text. */
export function envFileOf(stage: Stage): string {
  return readFileSync(stage.lab.application.envFile, 'utf8');
}

/** Calls that would change something in the trading engine. */
export function tradingEffects(stage: Stage): readonly string[] {
  return stage.lab.trading
    .calls()
    .filter((c) => c.method !== 'GET')
    .map((c) => `${c.path} ${c.status ?? 'hung'}`);
}

/** Texts of everything that people were sent, newest last. */
export function pagesTo(stage: AnyStage, receiver: string): readonly string[] {
  return stage.lab.receivers.received(receiver).map((d) => d.body);
}
