/** The demo on a pair of servers and three processes. */
import { rowBefore, type Scene, type SceneOptions } from './scene.js';
import { createStage } from './stage.js';
import { pairWorld } from './world.js';

/** Starts it. */
export async function createPairScene({ acceptDeclared, engaged, keep, onProgress, onFailedStart }: SceneOptions): Promise<Scene> {
  const stage = await createStage({
    acceptDeclared,
    lab: { name: 'demo', keep, onFailedStart, row: rowBefore(engaged) },
    onProgress,
  });
  const { lab } = stage;
  return {
    stage,
    killPrimary: async () => {
      const pid = (await lab.pair.nodes.a.pid()) ?? 0;
      await lab.faults.killNode('a');
      return { node: 'a', pid };
    },
    world: (result) => pairWorld(lab, result),
  };
}
