import type { PatroniNode, PatroniNodeName } from './node.js';
import type { RestAnswer, RestCall } from './rest.js';

/** One member as `GET /cluster` tells it; only what the lab itself reads. */
export interface Member {
  readonly name: PatroniNodeName;
  /** `leader`, `replica`, `sync_standby`, … */
  readonly role: string;
  /** `running`, `streaming`, `stopped`, … */
  readonly state: string;
  readonly timeline?: number;
}

/** `GET /cluster`. Stale for up to the ttl about a member that was killed. */
export interface ClusterView {
  readonly members: readonly Member[];
  readonly pause?: boolean;
}

/** What a node says of itself in SQL. */
export interface SqlView {
  readonly name: PatroniNodeName;
  readonly standby: boolean;
  /** Timeline written (primary) or received (standby); null for a standby without a connection. */
  readonly timeline: number | null;
  /** Names of standbys that stream from it and have replayed all that it has written. */
  readonly followers: readonly string[];
}

/** How the lab reaches the nodes of a cluster. */
export interface Reach {
  readonly nodes: readonly PatroniNode[];
  call(node: PatroniNodeName, path: string, call?: RestCall): Promise<RestAnswer>;
  /** As superuser in database `postgres`, with little patience. */
  look<Row extends object>(node: PatroniNodeName, text: string): Promise<Row[]>;
}

const SQL_VIEW = `
select
  pg_is_in_recovery() as standby,
  case when pg_is_in_recovery() then (select received_tli from pg_stat_wal_receiver where status = 'streaming')
    else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end as timeline,
  array(select application_name::text from pg_stat_replication where state = 'streaming' and replay_lsn >= pg_current_wal_lsn()) as followers`;

/** Asks every node in SQL; those that do not answer are left out. */
export async function sqlViews(reach: Reach): Promise<SqlView[]> {
  const views = await Promise.allSettled(
    reach.nodes.map(async ({ name }) => {
      const [view] = await reach.look<Omit<SqlView, 'name'>>(name, SQL_VIEW);
      if (view === undefined) throw new Error(`Node ${name} answered without a row.`);
      return { ...view, name };
    }),
  );
  return views.flatMap((view) => (view.status === 'fulfilled' ? [view.value] : []));
}

/** The cluster as the first node sees it that answers with JSON; undefined when none does, as while etcd is away. */
export async function clusterView(reach: Reach): Promise<ClusterView | undefined> {
  const answers = reach.nodes.map(async ({ name }) => {
    const { status, body } = await reach.call(name, '/cluster');
    if (status !== 200) throw new Error(`Node ${name} answers ${status} to /cluster.`);
    return JSON.parse(body) as ClusterView;
  });
  return Promise.any(answers).catch(() => undefined);
}

/** Patroni's leader; undefined when nobody holds the lock, or nobody can tell. */
export async function leaderOf(reach: Reach): Promise<PatroniNodeName | undefined> {
  return (await clusterView(reach))?.members.find(({ role }) => role === 'leader')?.name;
}

/**
 * True when SQL and Patroni agree: one primary, which is the leader; every other node streams from it on its timeline and has replayed
 * all; every member is shown as running on that timeline. One word alone is no proof: /cluster is stale, and a diverged standby shows
 * itself as streaming for a moment.
 */
export async function isStreaming(reach: Reach): Promise<boolean> {
  const [views, cluster] = await Promise.all([sqlViews(reach), clusterView(reach)]);
  const primaries = views.filter(({ standby }) => !standby);
  const [primary] = primaries;
  if (primaries.length !== 1 || primary === undefined || views.length !== reach.nodes.length || cluster === undefined) return false;
  const standbys = views.filter(({ standby }) => standby);
  return (
    standbys.every(({ name, timeline }) => timeline === primary.timeline && primary.followers.includes(name)) &&
    cluster.members.length === reach.nodes.length &&
    cluster.members.every(
      ({ name, role, state, timeline }) =>
        timeline === primary.timeline && (name === primary.name ? role === 'leader' && state === 'running' : state === 'streaming'),
    )
  );
}
