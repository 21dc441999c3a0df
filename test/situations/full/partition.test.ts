// needs: postgres, patroni, kubernetes, namespaces
/** The leader is cut off by the network and lives on: it steps down by itself before another is promoted, and follows it when healed. */
import { expect, test } from 'vitest';
import type { PatroniNodeName } from '../../../lab/full.js';
import type { FullStage } from '../../../src/cli/demo/full-stage.js';
import { countOf } from '../support/history.js';
import { gate, play, USUAL } from '../support/people.js';
import { expectMoved, expectReady, expectTrading, remember } from './support/expectations.js';
import { FULL_RUN_MS, onFullStage } from './support/stage.js';
import { rowOn, sessionsOn } from './support/world.js';

const situation = onFullStage({ lab: { network: {} } });

/** Looks without a pause who is out of recovery, through Unix sockets, which no partition cuts. */
function watchWriters({ lab }: FullStage): { end(): Promise<readonly string[]> } {
  const seen: string[] = [];
  let ended = false;
  const looking = (async (): Promise<void> => {
    while (!ended) {
      const writers = (await lab.cluster.primaries()).join(' and ');
      if (seen.at(-1) !== writers) seen.push(writers);
    }
  })();
  return {
    end: async () => {
      ended = true;
      await looking;
      return seen;
    },
  };
}

/** Whether a node takes writes of the application's table, by a statement that changes no row. */
async function takesWrites({ lab }: FullStage, node: PatroniNodeName): Promise<boolean> {
  return lab.cluster.sql(node, 'update public.kill_switch_state set engaged = engaged where false').then(
    () => true,
    () => false,
  );
}

test('situation on the full lab: leader cut off by a network partition', () =>
  situation(async (stage) => {
    const { cluster, network } = stage.lab;
    const before = await remember(stage);
    const row = await rowOn(stage, 'n1');
    const writers = watchWriters(stage);
    network.cut(cluster.nodes.n1.place.name);
    // Nor is there a way to its service control: nobody can fence it.
    await cluster.setControlReachable('n1', false);
    expect((await stage.postAlert()).status).toBe(200);

    const { pause } = await gate(stage, 'unfenced', FULL_RUN_MS);
    expect(pause.state, 'trading stands still while nobody can fence').toBe('proven');
    const target = await cluster.waitForLeader({ not: 'n1' });
    expect(await takesWrites(stage, 'n1'), 'the old leader has stepped down by itself').toBe(false);
    expect(await takesWrites(stage, target)).toBe(true);
    await stage.decide('ana', 'proceed');
    await stage.decide('ben', 'proceed');
    await gate(stage, 'accept', FULL_RUN_MS);
    await stage.decide('ana', 'accept');

    await gate(stage, 'resume', FULL_RUN_MS);
    await expectMoved(stage, before, target);
    network.heal(cluster.nodes.n1.place.name);
    await cluster.setControlReachable('n1', true);
    await cluster.waitForStreaming();
    expect(await cluster.inRecovery('n1'), 'the old leader follows the new one').toBe(true);
    const result = await play(stage, { resume: USUAL.resume ?? [] }, FULL_RUN_MS);

    expect(result.outcome).toBe('verified');
    expect(result.target).toMatchObject({ node: target, how: 'found' });
    expect(result.obligations.join(' ')).toContain('n1 is NOT fenced');
    expect(await countOf(stage, 'promoteNode'), 'Patroni promoted, nobody else').toBe(0);
    expect(await writers.end(), 'never two at once').toEqual(['n1', '', target]);
    await expectMoved(stage, before, target);
    expect(await sessionsOn(stage, 'n1')).toEqual([]);
    expect((await rowOn(stage, target))?.updatedAt, 'the row is still the same write').toBe(row?.updatedAt);
    await expectReady(stage);
    await expectTrading(stage, 'resumed', before);
  }));
