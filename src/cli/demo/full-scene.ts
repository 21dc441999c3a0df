/** The demo on Patroni and Kubernetes: the leader's host is killed, and Patroni promotes another node by itself. */
import { createFullStage } from './full-stage.js';
import { fullWorld } from './full-world.js';
import { rowBefore, type Scene, type SceneOptions } from './scene.js';

/** Starts it. */
export async function createFullScene({ acceptDeclared, engaged, keep, onProgress, onFailedStart }: SceneOptions): Promise<Scene> {
  const stage = await createFullStage({
    acceptDeclared,
    lab: { name: 'demo', keep, onFailedStart, patroni: { row: rowBefore(engaged) } },
    onProgress,
  });
  const { lab } = stage;
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
