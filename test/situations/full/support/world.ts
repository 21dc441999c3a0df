/** What really is on the full lab, read without Holdfast: SQL by the Unix socket, pods' own answers, the API server as its administrator. */
import type { ApplicationPod, PatroniNodeName } from '../../../../lab/full.js';
import type { FullStage } from '../../../../src/cli/demo/full-stage.js';
import { healthOf, type Answered, type RowSeen } from '../../support/world.js';

/** Every node of the cluster. */
export const NODES: readonly PatroniNodeName[] = ['n1', 'n2', 'n3'];

/** The row on a node; absent when there is none. */
export async function rowOn({ lab }: FullStage, node: PatroniNodeName): Promise<RowSeen | undefined> {
  const [row] = await lab.cluster.sql<{ engaged: boolean; reason: string; age: string; at: string }>(
    node,
    `select engaged, reason, (extract(epoch from clock_timestamp() - updated_at) * 1000)::bigint::text as age, updated_at::text as at from public.kill_switch_state where id = 1`,
  );
  return row === undefined ? undefined : { engaged: row.engaged, reason: row.reason, ageMs: Number(row.age), updatedAt: row.at };
}

/** Timeline of a primary, from the name of the WAL file that it writes now. */
export async function timelineOf({ lab }: FullStage, node: PatroniNodeName): Promise<number> {
  const [row] = await lab.cluster.sql<{ tli: number }>(
    node,
    `select ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int as tli`,
  );
  return row?.tli ?? 0;
}

/** Client addresses that hold a session of the application on a node; undefined when the node does not answer. */
export async function sessionsOn({ lab }: FullStage, node: PatroniNodeName): Promise<readonly string[] | undefined> {
  if (lab.cluster.nodes[node].postmasterPid() === undefined) return undefined;
  const asked = lab.cluster.sql<{ address: string }>(
    node,
    `select distinct host(client_addr) as address from pg_stat_activity where application_name = 'geosync-kill-switch' order by 1`,
  );
  return asked.then(
    (rows) => rows.map((r) => r.address),
    () => undefined,
  );
}

/** The Secret's value with the DSN in it, as text. */
export async function settingsOf({ lab }: FullStage): Promise<string> {
  const { namespace, secret, secretKey } = lab.application;
  const { data = {} } = await lab.kubernetes.api.core.readNamespacedSecret({ namespace, name: secret });
  return Buffer.from(data[secretKey] ?? '', 'base64').toString('utf8');
}

/** Host and port that the Secret points at, as `host:port`. */
export async function pointedAt(stage: FullStage): Promise<string> {
  return /@([^/]+)\//.exec(await settingsOf(stage))?.[1] ?? 'nowhere';
}

/** Pods of a Deployment by its label, those that are ending included. */
async function podsOf({ lab }: FullStage, app: string): Promise<readonly { readonly uid: string; readonly ending: boolean }[]> {
  const { namespace } = lab.application;
  const { items } = await lab.kubernetes.api.core.listNamespacedPod({ namespace, labelSelector: `app=${app}` });
  return items.map(({ metadata }) => ({ uid: metadata?.uid ?? '', ending: metadata?.deletionTimestamp !== undefined }));
}

/** Pods of the application that are there and not ending, oldest first. */
export async function applicationPods({ lab }: FullStage): Promise<readonly ApplicationPod[]> {
  return lab.application.pods();
}

/** What trades: how many pods are wanted, and which are there. */
export async function tradingOf(stage: FullStage): Promise<{ readonly replicas: number; readonly pods: readonly string[] }> {
  const { namespace, tradingDeployment } = stage.lab.application;
  const { spec } = await stage.lab.kubernetes.api.apps.readNamespacedDeployment({ namespace, name: tradingDeployment });
  return { replicas: spec?.replicas ?? 0, pods: (await podsOf(stage, tradingDeployment)).map(({ uid }) => uid) };
}

/** A pod's own word on its health; absent when it gives none. */
export async function podHealth({ lab }: FullStage, { healthUrl }: ApplicationPod): Promise<Answered | undefined> {
  return healthOf({ healthUrl, hostHeader: lab.application.hostHeader });
}

/** What each pod says of its health, as an HTTP status; absent where it does not answer. */
export async function podStatuses(stage: FullStage): Promise<readonly (number | undefined)[]> {
  return Promise.all((await applicationPods(stage)).map(async (pod) => (await podHealth(stage, pod))?.status));
}
