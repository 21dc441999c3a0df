import { z } from 'zod';
import { absolutePath, durationOr, secretReference, webAddress } from '../values.js';

const second = 1000;

/** A name of Kubernetes: lower-case letters, digits, dashes and dots. */
export const kubernetesName = z
  .string({ error: 'is not a name of Kubernetes — write lower-case letters, digits, dashes and dots' })
  .regex(
    /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/,
    'is not a name of Kubernetes — write lower-case letters, digits, dashes and dots, first and last a letter or digit',
  );

/** How the API server of a store is reached; without `kubeconfig` and `server`, by the ServiceAccount of Holdfast’s own pod. */
export const kubernetesSection = z
  .strictObject({
    namespace: kubernetesName.describe('Namespace of everything below that names none of its own.'),
    kubeconfig: absolutePath.optional().describe('A kubeconfig file. Default: the ServiceAccount of the pod that Holdfast runs in.'),
    context: z.string().min(1).optional().describe('Context in the kubeconfig. Default: its current one.'),
    server: webAddress.optional().describe('Address of the API server, with `ca` and `token` in place of a kubeconfig.'),
    ca: secretReference.optional().describe('Certificate authority of the API server (PEM).'),
    token: secretReference.optional().describe('Token of Holdfast’s ServiceAccount.'),
    timeout: durationOr(5 * second, 'Longest time one call may take.'),
  })
  .refine((section) => section.kubeconfig === undefined || section.server === undefined, {
    error: 'has both `kubeconfig` and `server` — give one of them, or none inside a pod',
  })
  .refine(
    (section) =>
      (section.server === undefined) === (section.ca === undefined) && (section.server === undefined) === (section.token === undefined),
    {
      error: 'has only a part of `server`, `ca` and `token` — give all three or none',
    },
  )
  .refine((section) => section.server === undefined || section.server.startsWith('https:'), {
    error: 'has a `server` without TLS — write https://host:port; the token would be readable on the way',
  })
  .refine((section) => section.context === undefined || section.kubeconfig !== undefined, {
    error: 'has a `context` without a `kubeconfig` — give the file, or take the context out',
  });

const namespace = kubernetesName.optional().describe('Default: the namespace of `kubernetes`.');

/** Names a Deployment or a StatefulSet. */
export const controllerFields = {
  deployment: kubernetesName.optional().describe('Name of the Deployment.'),
  statefulSet: kubernetesName.optional().describe('Name of the StatefulSet, in place of `deployment`.'),
  namespace,
} as const;

/** Whether exactly one of the two is named. */
export function namesOneController(section: {
  readonly deployment?: string | undefined;
  readonly statefulSet?: string | undefined;
}): boolean {
  return (section.deployment === undefined) !== (section.statefulSet === undefined);
}

/** Said when not exactly one is named. */
export const ONE_CONTROLLER = 'names not exactly one workload — give `deployment` or `statefulSet`';

/** The pods of a Deployment or StatefulSet as instances. */
export const kubernetesWorkload = z
  .strictObject({
    ...controllerFields,
    stallAfter: durationOr(10 * second, 'A new pod that runs so long without becoming ready counts as a stalled rollout.'),
  })
  .refine(namesOneController, ONE_CONTROLLER);

/** The DSN in a Secret or ConfigMap. */
export const kubernetesConfigSource = z
  .strictObject({
    secret: kubernetesName.optional().describe('Name of the Secret.'),
    configMap: kubernetesName.optional().describe('Name of the ConfigMap, in place of `secret`.'),
    namespace,
    key: z
      .string()
      .regex(/^[-._A-Za-z0-9]{1,253}$/, 'is not a key of a Secret — write letters, digits, dots, dashes and underscores')
      .describe('Key that holds the DSN, or a document with the DSN in it.'),
    path: z.array(z.string().min(1)).default([]).describe('Path inside the document; empty when the value is the DSN itself.'),
    format: z.enum(['json', 'yaml']).default('json').describe('Form of the document, when `path` is given.'),
    owner: z
      .string()
      .min(1)
      .default('not looked at yet')
      .describe('Who else writes it, in words; `holdfast check --store` finds the usual ones.'),
    owned: z
      .enum(['refuse', 'patch'])
      .default('refuse')
      .describe('What becomes of a patch that a known controller (GitOps, a secret operator) would undo: refused, or made for all that.'),
  })
  .refine((section) => (section.secret === undefined) !== (section.configMap === undefined), {
    error: 'names not exactly one object — give `secret` or `configMap`',
  });
