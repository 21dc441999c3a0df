// needs: postgres
import type { PlannedNode } from '../../src/domain/plan.js';
import { createPostgresCluster } from '../../src/adapters/postgres/cluster.js';
import { createPostgresRowStore } from '../../src/adapters/postgres/row-store.js';
import type { NodeName } from '../../lab/postgres/node.js';
import { describeClusterConformance } from './cluster.suite.js';
import type { ClusterWorld } from './cluster.suite.js';
import { errorOf, realScope, realTime } from './harness.js';
import { describeRowStoreConformance } from './row-store.suite.js';
import type { RowStoreWorld } from './row-store.suite.js';
import { APPLICATION_NAME, ENVIRONMENT, holdfastIsIn, lockRow, openLine, openPair, until } from './postgres-pair.js';

const nameOf = (node: PlannedNode): NodeName => (node.name === 'a' ? 'a' : 'b');

describeClusterConformance('postgres', {
  async open(): Promise<ClusterWorld> {
    const opened = await openPair();
    const { pair, canaries, close } = opened;
    const cluster = createPostgresCluster(opened.settings(), opened);
    return {
      cluster,
      canaries,
      ...realTime(close),
      environment: ENVIRONMENT,
      primary: opened.node('a'),
      standby: opened.node('b'),
      kill: (node) => pair.nodes[nameOf(node)].kill(),
      freeze: (node) => pair.nodes[nameOf(node)].freeze(),
      // The promotion cannot end while the process that replays WAL stands still: time enough to cut the line in the middle of it.
      async loseAnswerOfPromote(node) {
        const line = await openLine(node);
        const [startup] = await pair.sql<{ pid: number }>(nameOf(node), `select pid from pg_stat_activity where backend_type = 'startup'`);
        if (startup === undefined) throw new Error('the standby has no startup process');
        process.kill(startup.pid, 'SIGSTOP');
        const thrown = errorOf(cluster.promote(line.node, realScope()));
        await until(() => holdfastIsIn(pair, nameOf(node), 'pg_promote'));
        line.cut();
        process.kill(startup.pid, 'SIGCONT');
        await until(async () => !(await pair.inRecovery(nameOf(node))));
        await line.close();
        return thrown;
      },
    };
  },
});

describeRowStoreConformance('postgres', {
  async open(): Promise<RowStoreWorld> {
    const opened = await openPair();
    const { pair, canaries } = opened;
    const store = createPostgresRowStore(opened.settings({ lockMs: 10_000, statementMs: 10_000 }), opened);
    const session = await pair.connect('a', { user: 'geosync' });
    await session.query(`set application_name = '${APPLICATION_NAME}'`);
    return {
      store,
      canaries,
      // The application's session ends with its server: a goodbye to a frozen one would never be answered.
      ...realTime(opened.close),
      now: () => Date.now(),
      primary: opened.node('a'),
      standby: opened.node('b'),
      async writeRow(row) {
        if (row === 'missing') await pair.sql('a', 'delete from public.kill_switch_state');
        else await pair.writeRow('a', { engaged: row.engaged, reason: row.reason, ageSeconds: row.ageMs / 1000 });
        await pair.waitReplayed('a');
      },
      dropTable: async () => void (await pair.sql('a', 'drop table public.kill_switch_state')),
      kill: (node) => pair.nodes[nameOf(node)].kill(),
      freeze: (node) => pair.nodes[nameOf(node)].freeze(),
      async loseAnswerOfEngage(node, reason) {
        const line = await openLine(node);
        const release = await lockRow(pair, nameOf(node));
        const thrown = errorOf(store.engage(line.node, reason, realScope()));
        await until(() => holdfastIsIn(pair, nameOf(node), 'holdfast.engage', 'Lock'));
        line.cut();
        await release();
        await until(async () => (await pair.sql('a', 'select from public.kill_switch_state where engaged')).length === 1);
        await line.close();
        return thrown;
      },
    };
  },
});
