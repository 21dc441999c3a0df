// needs: postgres, patroni
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { PatroniNodeName } from '../../lab/patroni/index.js';
import { checkManager } from '../../src/cli/check/check-manager.js';
import type { ManagerFacts, NodeAnswer, NodeFacts, Observation } from '../../src/domain/facts.js';
import { judge } from '../../src/domain/verdict/judge.js';
import type { ClusterPort } from '../../src/ports/cluster.js';
import { planContext } from '../support/build-facts.js';
import { errorOf, realScope } from './harness.js';
import type { PatroniLab } from './patroni-lab.js';
import { openPatroniLab, untilSeen } from './patroni-lab.js';
import { ENVIRONMENT } from './postgres-pair.js';

const LAB_MS = 150_000;
let world: PatroniLab;
let cluster: ClusterPort;

beforeAll(async () => {
  world = await openPatroniLab();
  cluster = world.adapter();
}, LAB_MS);
afterAll(() => world.close(), LAB_MS);

const observe = (probe = false): Promise<readonly NodeFacts[]> => cluster.observe(world.nodes, { probe }, realScope());
const answer = async (name: PatroniNodeName): Promise<NodeAnswer | undefined> =>
  (await observe()).find((facts) => facts.node === name)?.answer;
const manager = async (port: ClusterPort = cluster): Promise<ManagerFacts> => {
  const facts = await port.manager(realScope());
  if (facts === undefined) throw new Error('the manager has no facts');
  return facts;
};
const promote = (name: PatroniNodeName) => cluster.promote(world.node(name), realScope());
const writable = async (): Promise<readonly string[]> =>
  (await observe()).filter((facts) => facts.answer?.inRecovery === false).map((facts) => facts.node);
/** The verdict on what is seen now, with nobody else to ask: instances and platform answer nothing but that they are there. */
const verdict = async (): Promise<string> => {
  const [nodes, said] = await Promise.all([observe(true), manager()]);
  const seen: Observation = { atMs: Date.now(), nodes, instances: [], platform: { answered: true }, manager: said };
  const plan = { nodes: world.nodes, expectedPrimary: 'n1', environment: ENVIRONMENT, lastSnapshot: undefined, instances: [] };
  return judge(seen, planContext(plan)).verdict.code;
};

describe('patroni: facts of a healthy cluster', { timeout: LAB_MS }, () => {
  test('nodes by SQL, the leader by all three words, the rules as configured', async () => {
    const facts = await observe(true);
    expect(facts.map((each) => [each.node, each.answer?.inRecovery, each.answer?.marker])).toEqual([
      ['n1', false, ENVIRONMENT],
      ['n2', true, ENVIRONMENT],
      ['n3', true, ENVIRONMENT],
    ]);
    expect(facts[0]?.answer?.probe).toMatchObject({ state: 'committed' });
    const said = await manager();
    expect(said).toMatchObject({
      answered: true,
      leader: 'n1',
      leaderSource: 'confirmed',
      dcsLost: false,
      paused: false,
      failoverInProgress: false,
      rules: { ttlMs: 20_000, loopWaitMs: 1_000, retryTimeoutMs: 3_000, synchronousMode: 'off', failsafe: false },
    });
    for (const member of said.members ?? []) {
      expect(member).toMatchObject({
        answered: true,
        seesDcs: true,
        state: 'running',
        systemIdentifier: facts[0]?.answer?.systemIdentifier,
      });
    }
    for (const canary of world.canaries) expect(JSON.stringify([facts, said])).not.toContain(canary);
    expect(await verdict()).toBe('healthy');
  });

  test('readiness: our login is taken and nobody’s is not, and nothing came of asking', async () => {
    const access = (await cluster.access?.(realScope())) ?? [];
    expect(access.map(({ node, own, openToAll, encrypted }) => [node, own, openToAll, encrypted])).toEqual([
      ['n1', 'accepted', 'no', true],
      ['n2', 'accepted', 'no', true],
      ['n3', 'accepted', 'no', true],
    ]);
    const plan = {
      ...planContext().plan,
      nodes: world.nodes,
      objectives: { rpoMs: 60_000, rtoMs: 600_000 },
      adapters: { cluster: { settleMs: cluster.settleMs } },
    };
    const items = checkManager(plan as unknown as Parameters<typeof checkManager>[0], await manager(), {
      nodes: await observe(),
      access,
      watchdog: 'off',
    });
    expect(items.filter((item) => item.state !== 'ok').map((item) => `${item.state} ${item.area}`)).toEqual([
      'warn watchdog',
      'warn manager synchronous',
      'warn manager failsafe',
    ]);
    expect(await world.lab.leader()).toBe('n1');
  });

  test('without its authority nothing is believed; with a wrong password nothing is done', async () => {
    const blind = world.adapter({ tls: { caRef: `file:${world.lab.pki.client('holdfast').cert}` } });
    expect(await manager(blind)).toMatchObject({ answered: false, failure: { kind: 'tls' } });
    const userFile = `file:${world.lab.rest.userFile}`;
    const stranger = world.adapter({ login: { usernameRef: userFile, passwordRef: userFile } });
    expect((await stranger.access?.(realScope()))?.map((each) => each.own)).toEqual(['refused', 'refused', 'refused']);
    const error = await errorOf(stranger.promote(world.node('n2'), realScope()));
    expect(error).toMatchObject({ code: 'HF_PROMOTE_REFUSED', evidence: { status: '401', answer: 'not authenticated' } });
    expect(await writable()).toEqual(['n1']);
  });
});

describe('patroni: promotion', { timeout: LAB_MS }, () => {
  afterEach(async () => {
    await world.lab.resetBySwitchover('n1');
    // An agent that was just started listens a moment later than the list says that it runs.
    await untilSeen(async () => ((await manager()).members?.every((member) => member.answered) ? true : undefined));
  }, LAB_MS);

  test('the leader is found done; a switchover is done once, proven by SQL, and found done afterwards', async () => {
    expect(await promote('n1')).toMatchObject({ state: 'found-done' });
    const before = await answer('n1');
    const done = await promote('n2');
    expect(done.state).toBe('done');
    expect(done.detail).toContain('Successfully switched over to "n2"');
    const after = await answer('n2');
    expect(after).toMatchObject({ inRecovery: false, systemIdentifier: before?.systemIdentifier });
    expect(after?.history.timeline).toBe((before?.history.timeline ?? 0) + 1);
    expect(await promote('n2')).toMatchObject({ state: 'found-done' });
    // Unlike after pg_promote the old primary comes back as a standby by itself.
    await world.lab.waitForStreaming();
    expect(await writable()).toEqual(['n2']);
    expect(await manager()).toMatchObject({ leader: 'n2', leaderSource: 'confirmed' });
    for (const canary of world.canaries) expect(JSON.stringify(done)).not.toContain(canary);
  });

  test('a node whose agent is dead is not asked, and the leader stays', async () => {
    await world.lab.nodes.n3.killPatroni();
    const error = await errorOf(promote('n3'));
    expect(error.code).toBe('HF_NODE_UNREACHABLE');
    expect(error.message).toContain('its Patroni does not answer');
    expect(await world.lab.leader()).toBe('n1');
  });

  test('two people ask for two nodes: whoever is told “done” was primary, and another node is named', async () => {
    const asked = ['n2', 'n3'] as const;
    const ends = await Promise.all(
      asked.map((name) =>
        world
          .adapter()
          .promote(world.node(name), realScope())
          .then(
            (result) => ({ name, said: result.state as string, promoted: name as string }),
            (error: { code: string; evidence: Record<string, string> }) => ({
              name,
              said: error.code,
              promoted: error.evidence['promoted'],
            }),
          ),
      ),
    );
    const now = await untilSeen(async () => (await writable())[0]);
    for (const end of ends)
      expect(['done', 'found-done', 'HF_PROMOTE_OTHER', 'HF_PROMOTE_REFUSED', 'HF_PROMOTE_UNKNOWN']).toContain(end.said);
    for (const end of ends.filter(({ said }) => said === 'HF_PROMOTE_OTHER')) {
      expect(end.promoted).not.toBe(end.name);
      expect(['n2', 'n3']).toContain(end.promoted);
    }
    expect(ends.some((end) => end.promoted === now || end.said === 'HF_PROMOTE_UNKNOWN')).toBe(true);
  });

  test('the consensus store frozen: told apart from a lost leader, nothing is sent, and it heals by itself', async () => {
    await world.lab.etcd.freeze();
    await untilSeen(async () => ((await manager()).dcsLost ? true : undefined));
    await untilSeen(async () => ((await writable()).length === 0 ? true : undefined));
    expect(await verdict()).toBe('dcs-lost');
    const error = await errorOf(promote('n2'));
    expect(error).toMatchObject({ code: 'HF_PROMOTE_REFUSED', evidence: { rule: 'dcs-lost' } });
    world.lab.etcd.thaw();
    const leader = await untilSeen(async () => {
      const said = await manager();
      return said.leaderSource === 'confirmed' && !said.dcsLost ? said.leader : undefined;
    });
    expect(await writable()).toEqual([leader]);
  });

  test('the leader’s host lost: first the list still names it, then Patroni acts by itself, and that is found done', async () => {
    await world.lab.nodes.n1.kill();
    const first = await manager();
    expect(first).toMatchObject({ leader: 'n1', leaderSource: 'listed', dcsLost: false, failoverInProgress: true });
    expect(first.actsByItselfBeforeMs).toBeGreaterThan(Date.now());
    expect(await verdict()).toBe('failover-in-progress');
    const leader = await untilSeen(async () => {
      const said = await manager();
      expect(said.dcsLost).toBe(false);
      return said.leaderSource === 'confirmed' ? (said.leader as PatroniNodeName) : undefined;
    });
    expect(['n2', 'n3']).toContain(leader);
    await untilSeen(async () => ((await writable())[0] === leader ? true : undefined));
    expect(await promote(leader)).toMatchObject({ state: 'found-done' });
    expect(await verdict()).not.toBe('failover-in-progress');
  });

  test('paused, the leader’s host lost and its lock gone: nothing happens until it is asked', async () => {
    await world.lab.pause();
    await untilSeen(async () => ((await manager()).paused ? true : undefined));
    await world.lab.nodes.n1.kill();
    await world.lab.etcd.expireLeader();
    const said = await untilSeen(async () => {
      const facts = await manager();
      return facts.leader === undefined ? facts : undefined;
    });
    expect(said).toMatchObject({ paused: true, failoverInProgress: false });
    expect(said).not.toHaveProperty('actsByItselfBeforeMs');
    // Refused by a living host and no stream anywhere; the manager’s word, that nobody leads, comes after it in the table.
    expect(await verdict()).toBe('primary-dead');
    expect(await promote('n3')).toMatchObject({ state: 'done' });
    expect(await writable()).toEqual(['n3']);
  });
});
