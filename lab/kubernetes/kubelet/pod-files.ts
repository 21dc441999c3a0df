import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import type { PodSources } from './pod-sources.js';

/** A path of a container inside the folder that stands for its file system. */
export function inside(root: string, mountPath: string): string {
  return path.join(root, path.join('/', mountPath));
}

function chosen(
  data: Readonly<Record<string, string>>,
  items: readonly { readonly key: string; readonly path: string }[] | undefined,
): readonly (readonly [string, string])[] {
  if (items === undefined) return Object.entries(data);
  return items.map((item) => {
    const value = data[item.key];
    if (value === undefined) throw new Error(`references non-existent secret key: ${item.key}`);
    return [item.path, value] as const;
  });
}

/**
 * Writes the files of a container's Secret, ConfigMap and emptyDir volumes below `root`. Written anew at each start of the container,
 * and not while it runs (a real kubelet follows a changed Secret within a minute or so).
 *
 * @throws in a kubelet's words when a Secret, ConfigMap or key is missing.
 */
export async function writePodFiles(pod: V1Pod, container: V1Container, root: string, sources: PodSources): Promise<void> {
  for (const mount of container.volumeMounts ?? []) {
    const volume = pod.spec?.volumes?.find(({ name }) => name === mount.name);
    const folder = inside(root, mount.mountPath);
    await mkdir(folder, { recursive: true });
    const { secret, configMap } = volume ?? {};
    if (secret === undefined && configMap === undefined) continue;
    const data =
      secret === undefined
        ? await sources.configMap(configMap?.name ?? '', configMap?.optional === true)
        : await sources.secret(secret.secretName ?? '', secret.optional === true);
    await rm(folder, { recursive: true });
    for (const [name, value] of chosen(data, secret?.items ?? configMap?.items)) {
      const file = inside(folder, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, value, { mode: 0o600 });
    }
  }
}
