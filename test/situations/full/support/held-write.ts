/** Does something at the exact moment in which Holdfast writes an object: the API server asks us first, as it asks any admission webhook. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import path from 'node:path';
import type { KubernetesObject } from '@kubernetes/client-node';
import { createPki } from '../../../../lab/postgres/pki.js';
import type { FullStage } from '../../../../src/cli/demo/full-stage.js';

const HOST = 'admission';
/** Longest time in which the API server waits for us. */
const SECONDS = 10;

interface Review {
  readonly request: { readonly uid: string };
}

/**
 * Calls `act` once, when Holdfast's next write of this Secret has reached the API server, and lets the write go on afterwards. Writes of
 * others pass untouched. Returns the function that ends it and fails when nothing was ever held, or `act` failed.
 */
export async function beforeNextWrite(stage: FullStage, secret: string, act: () => Promise<void>): Promise<() => Promise<void>> {
  const { lab } = stage;
  const place = lab.hosts.place(HOST);
  const port = await lab.hosts.port(HOST);
  const pki = await createPki(path.join(lab.dir, 'admission'), [], undefined);
  await pki.issueServer(HOST, place, 'lab-ca');
  const files = pki.server(HOST);
  const [ca, cert, key] = await Promise.all([pki.caFile, files.cert, files.key].map((file) => readFile(file)));
  let held: Promise<void> | undefined;
  const server = createServer({ cert, key }, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { uid } = (JSON.parse(Buffer.concat(parts).toString('utf8')) as Review).request;
      const answer = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, allowed: true } };
      held ??= act();
      const send = (): void => void response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
      held.then(send, send);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, place.address, resolve));
  const { objects } = lab.kubernetes.api;
  const { namespace } = lab.application;
  const hook = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'lab-held-write' },
    webhooks: [
      {
        name: 'held.lab.test',
        clientConfig: { url: `https://${place.address}:${port}/`, caBundle: ca?.toString('base64') },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['secrets'], scope: 'Namespaced' }],
        matchConditions: [
          { name: 'object', expression: `object.metadata.name == '${secret}'` },
          { name: 'holdfast', expression: `request.userInfo.username == 'system:serviceaccount:${namespace}:holdfast'` },
        ],
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        timeoutSeconds: SECONDS,
      },
    ],
  };
  await objects.create(hook as KubernetesObject);
  return async () => {
    await objects.delete(hook as KubernetesObject);
    server.closeAllConnections();
    server.close();
    if (held === undefined) throw new Error(`Holdfast never wrote ${secret}`);
    await held;
  };
}
