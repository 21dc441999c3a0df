/**
 * A lab with Holdfast on it: configuration written, database migrated, namespace set up, worker and gateway running, store watched and
 * armed. The demo plays on it, the situations of the test suite do, and the benchmark does.
 */
import path from 'node:path';
import { createLab, type Lab, type LabOptions } from '../../../lab/index.js';
import { PAIR_CLUSTER, writeLabConfig, type LabConfigOptions } from './lab-config.js';
import { furnish, type LabKind } from './stage-furnish.js';
import type { FurnishOptions, StageOn } from './stage-types.js';

export interface StageOptions extends LabConfigOptions, FurnishOptions {
  readonly lab?: LabOptions;
  readonly environment?: string;
}

export type Stage = StageOn<Lab>;

/** Puts Holdfast on a lab. Whatever fails, the lab is closed. */
export async function createStage(options: StageOptions = {}): Promise<Stage> {
  const progress = options.onProgress ?? (() => undefined);
  const lab = await createLab({ ...options.lab, onProgress: progress });
  try {
    return await furnish(lab, pairKind(lab, options), options, progress);
  } catch (error) {
    options.lab?.onFailedStart?.(lab.dir);
    await lab.close();
    throw error;
  }
}

function pairKind(lab: Lab, options: StageOptions): LabKind {
  return {
    cluster: PAIR_CLUSTER,
    writeConfig: async (people, ports) => writeLabConfig(lab, people, { ...options, ...ports }),
    migrateOn: () => {
      const { database } = lab.configValues();
      const [node] = database.nodes;
      if (node === undefined) throw new Error('a lab without nodes');
      const { owner, orchestrator, application } = database.roles;
      const { name, caFile } = database;
      return { node, database: name, caFile, owner, orchestrator: orchestrator.user, application: application.user };
    },
    replicated: () => lab.pair.waitReplayed('a'),
  };
}

/** Folder of a lab's archive, for people. */
export function archiveFolder(lab: Pick<Lab, 'dir'>): string {
  return path.join(lab.dir, 'archive');
}
