import type { V1Container, V1EnvVarSource, V1Pod } from '@kubernetes/client-node';
import type { PodSources } from './pod-sources.js';

/** What a field reference may name besides the pod's metadata. */
export interface PodFacts {
  readonly nodeName: string;
  readonly podIp: string;
  readonly hostIp: string;
}

/** Puts `$(NAME)` right, as a kubelet does in values, commands and arguments; unknown names stay as they are. */
export function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\(([\w.-]+)\)/g, (whole, name: string) => env[name] ?? whole);
}

function field(pod: V1Pod, facts: PodFacts, fieldPath: string): string {
  const { metadata } = pod;
  const fields: Readonly<Record<string, string | undefined>> = {
    'metadata.name': metadata?.name,
    'metadata.namespace': metadata?.namespace,
    'metadata.uid': metadata?.uid,
    'spec.nodeName': facts.nodeName,
    'status.podIP': facts.podIp,
    'status.hostIP': facts.hostIp,
  };
  const [, group, key = ''] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(fieldPath) ?? [];
  if (group !== undefined) return metadata?.[group as 'labels' | 'annotations']?.[key] ?? '';
  return fields[fieldPath] ?? '';
}

async function sourced(pod: V1Pod, facts: PodFacts, source: V1EnvVarSource, sources: PodSources): Promise<string | undefined> {
  const { fieldRef, secretKeyRef, configMapKeyRef } = source;
  if (fieldRef !== undefined) return field(pod, facts, fieldRef.fieldPath);
  const reference = secretKeyRef ?? configMapKeyRef;
  if (reference === undefined) throw new Error('this kubelet knows fieldRef, secretKeyRef and configMapKeyRef');
  const { name = '', key, optional } = reference;
  const kind = secretKeyRef === undefined ? 'ConfigMap' : 'Secret';
  const data = await (kind === 'Secret' ? sources.secret(name, optional === true) : sources.configMap(name, optional === true));
  const value = data[key];
  if (value === undefined && optional !== true) throw new Error(`couldn't find key ${key} in ${kind} ${pod.metadata?.namespace}/${name}`);
  return value;
}

/**
 * The environment of a container: `envFrom`, then `env`, later ones over earlier ones.
 * @throws in a kubelet's words when a Secret, ConfigMap or key is missing; never with a value.
 */
export async function containerEnvironment(
  pod: V1Pod,
  container: V1Container,
  facts: PodFacts,
  sources: PodSources,
): Promise<Readonly<Record<string, string>>> {
  const env: Record<string, string> = {};
  for (const { prefix = '', secretRef, configMapRef } of container.envFrom ?? []) {
    const data =
      secretRef === undefined
        ? await sources.configMap(configMapRef?.name ?? '', configMapRef?.optional === true)
        : await sources.secret(secretRef.name ?? '', secretRef.optional === true);
    for (const [name, value] of Object.entries(data)) env[`${prefix}${name}`] = value;
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const found = valueFrom === undefined ? expand(value ?? '', env) : await sourced(pod, facts, valueFrom, sources);
    if (found !== undefined) env[name] = found;
  }
  return env;
}
