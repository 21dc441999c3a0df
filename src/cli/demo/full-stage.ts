/** A full lab with Holdfast on it: Patroni promotes by itself, and the application is a Deployment whose Secret is patched. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createFullLab, type FullLab, type FullLabOptions } from '../../../lab/full.js';
import { packageRoot } from '../package-root.js';
import { FULL_CLUSTER, writeFullConfig, type FullConfigOptions } from './full-config.js';
import { furnish, type LabKind } from './stage-furnish.js';
import type { FurnishOptions, StageOn } from './stage-types.js';

export interface FullStageOptions extends FullConfigOptions, FurnishOptions {
  readonly lab?: FullLabOptions;
  readonly environment?: string;
  /** Changes the shipped rights before they are given, for a test of what a missing one does. */
  readonly rights?: (rbac: string) => string;
}

export type FullStage = StageOn<FullLab>;

const SERVICE_ACCOUNT = 'holdfast';
const RIGHTS = 'deploy/kubernetes/rbac.yaml';

/** Puts Holdfast on a full lab. Whatever fails, the lab is closed. */
export async function createFullStage(options: FullStageOptions = {}): Promise<FullStage> {
  const progress = options.onProgress ?? (() => undefined);
  const lab = await createFullLab({ ...options.lab, onProgress: progress });
  try {
    return await furnish(lab, fullKind(lab, options), options, progress);
  } catch (error) {
    options.lab?.onFailedStart?.(lab.dir);
    await lab.close();
    throw error;
  }
}

function fullKind(lab: FullLab, options: FullStageOptions): LabKind {
  return {
    cluster: FULL_CLUSTER,
    writeConfig: async (people, ports) => writeFullConfig(lab, people, await shippedIdentity(lab, options), { ...options, ...ports }),
    migrateOn: () => {
      const { nodes, name, caFile, roles, preferredPrimary } = lab.configValues().patroni;
      const node = nodes.find((one) => one.name === preferredPrimary);
      if (node === undefined) throw new Error('a cluster without its preferred primary');
      const { owner, orchestrator, application } = roles;
      return { node, database: name, caFile, owner, orchestrator: orchestrator.user, application: application.user };
    },
    replicated: () => lab.cluster.waitForStreaming(),
  };
}

/** Gives Holdfast the shipped rights and nothing else; returns a kubeconfig with its ServiceAccount's token. */
async function shippedIdentity(lab: FullLab, { rights = (rbac) => rbac }: FullStageOptions): Promise<string> {
  const { kubernetes, application } = lab;
  await kubernetes.create(rights(await readFile(path.join(packageRoot(), RIGHTS), 'utf8')), application.namespace);
  return kubernetes.kubeconfig(await kubernetes.tokenFor(application.namespace, SERVICE_ACCOUNT));
}
