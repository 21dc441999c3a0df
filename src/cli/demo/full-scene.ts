/** The demo on Patroni and Kubernetes: the leader's host is killed, and Patroni promotes another node by itself. */
import { createFullStage } from './full-stage.js';
import { fullWorld } from './full-world.js';
import { rowBefore, type Scene, type SceneOptions } from './scene.js';

/** Starts it. */
export async function createFullScene({ acceptDeclared, engaged, keep, onProgress, onFailedStart }: SceneOptions): Promise<Scene> {
  const stage = await createFullStage({
    acceptDeclared,
    lab: { name: 'demo', keep, onFailedStart },
    onProgress,
  });
  const { lab } = stage;
  // Turned on when the pods are ready, as at night: pods that are started while it is on never become ready, and say so on purpose.
  if (engaged) {
    await lab.cluster.writeRow('n1', rowBefore(true));
    await stage.untilSnapshot(({ row }) => row.state === 'present' && row.row.engaged);
    await lab.cluster.waitForStreaming();
    onProgress('switch: turned on');
  }
  return {
    stage,
    killPrimary: async () => {
      const { n1 } = lab.cluster.nodes;
      const pid = n1.postmasterPid() ?? 0;
      await n1.kill();
      return { node: 'n1', pid };
    },
    promoted: () => lab.cluster.waitForLeader({ not: 'n1' }),
    world: (result) => fullWorld(lab, result),
  };
}
