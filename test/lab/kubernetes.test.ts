// needs: kubernetes
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAlive, processFacts, readJournal } from '../../lab/journal.js';
import type { ApplicationPod, Kubernetes, KubernetesApplication } from '../../lab/kubernetes/index.js';
import { applicationOnKubernetes, asMergePatch, pairDatabase, startKubernetes } from '../../lab/kubernetes/index.js';
import type { Ground } from '../../lab/postgres/index.js';
import { breakGround, startPair } from '../../lab/postgres/index.js';
import type { Pair } from '../../lab/postgres/pair.js';
import { request, until } from './support.js';

/** The programs are built once for a machine when there is no KUBEBUILDER_ASSETS. */
const BUILD_MS = 30 * 60_000;
const LAB_MS = 120_000;
let ground: Ground;
let pair: Pair;
let kubernetes: Kubernetes;
let application: KubernetesApplication;

beforeAll(async () => {
  ground = await breakGround('kubernetes');
  [pair, kubernetes] = await Promise.all([startPair(ground), startKubernetes(ground, { kubelet: { backoffMs: 500 } })]);
  application = await applicationOnKubernetes(ground, kubernetes, pairDatabase(ground, pair, 'a'));
}, BUILD_MS);

afterAll(async () => {
  if (existsSync(ground.dir)) await ground.guardian.release(false);
}, LAB_MS);

const namespace = 'geosync';
const readPod = (name: string) => kubernetes.api.core.readNamespacedPod({ namespace, name });
const podExists = (name: string): Promise<boolean> =>
  readPod(name).then(
    () => true,
    () => false,
  );
const restarts = async (name: string): Promise<number> => (await readPod(name)).status?.containerStatuses?.[0]?.restartCount ?? -1;
const statusOf = async ({ healthUrl }: ApplicationPod): Promise<number> =>
  (await request(healthUrl, { headers: { host: application.hostHeader } })).status;
const sessions = async (node: 'a' | 'b'): Promise<readonly string[]> => {
  const rows = await pair.sql(
    node,
    `select host(client_addr) as address from pg_stat_activity where application_name = 'geosync-kill-switch'`,
    {
      database: 'postgres',
    },
  );
  return rows.map((row) => String((row as { address: string }).address)).toSorted();
};
const addresses = async (): Promise<readonly string[]> => (await application.pods()).map(({ address }) => address).toSorted();
const processesOf = (podAddress: string) => readJournal(`${ground.dir}/journal`).filter((entry) => entry.name === `pod-api@${podAddress}`);
const firstPod = async (): Promise<ApplicationPod> => (await application.pods())[0]!;

/** The tests of this file are one story, in order. */
describe('Kubernetes', { timeout: LAB_MS }, () => {
  test('three pods serve, each with a session from its own address', async () => {
    const pods = await application.pods();
    expect(new Set(pods.map(({ address }) => address)).size).toBe(3);
    expect(await Promise.all(pods.map(statusOf))).toEqual([200, 200, 200]);
    expect(await sessions('a')).toEqual(await addresses());
    expect((await readPod(pods[0]!.name)).status).toMatchObject({ phase: 'Running', podIP: pods[0]!.address });
  });

  test('a log is read through the API server', async () => {
    const { name, address } = await firstPod();
    const log = await kubernetes.api.core.readNamespacedPodLog({ namespace, name, tailLines: 5 });
    expect(log).toContain(`ready on ${address}:${application.port}, store: postgres`);
    await expect(kubernetes.api.core.readNamespacedPodLog({ namespace, name, previous: true })).rejects.toMatchObject({ code: 400 });
  });

  test('a ServiceAccount may do what its Role says and nothing else', async () => {
    await kubernetes.create(
      `
apiVersion: v1
kind: ServiceAccount
metadata: { name: reader }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader }
rules: [{ apiGroups: [''], resources: [pods], verbs: [list] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: reader }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
subjects: [{ kind: ServiceAccount, name: reader, namespace: ${namespace} }]
`,
      namespace,
    );
    const kubeconfig = kubernetes.kubeconfig(await kubernetes.tokenFor(namespace, 'reader'));
    const { core } = kubernetes.clientsFor(kubeconfig);
    expect((await core.listNamespacedPod({ namespace, labelSelector: application.selector })).items).toHaveLength(3);
    await expect(core.readNamespacedSecret({ namespace, name: application.secret })).rejects.toMatchObject({ code: 403 });
  });

  test('a changed Secret and a restart move every session to the other node', async () => {
    await pair.waitReplayed('a');
    expect(await pair.promote('b')).toBe(true);
    const before = await application.pods();
    await application.pointAt(pairDatabase(ground, pair, 'b'));
    expect(await sessions('b')).toEqual([]);
    await application.restart();
    await application.waitRolledOut();
    const after = await application.pods();
    expect(after.filter(({ uid }) => before.some((old) => old.uid === uid))).toEqual([]);
    expect(await sessions('b')).toEqual(await addresses());
    await until('no session is left on the old node', async () => (await sessions('a')).length === 0);
  });

  test('a killed process is started again in the same pod, with the environment of now', async () => {
    const { name, address } = await firstPod();
    const [last] = processesOf(address).filter(isAlive);
    process.kill(-last!.pid, 'SIGKILL');
    await until('the container was restarted', async () => (await restarts(name)) === 1);
    await application.waitRolledOut();
    expect((await readPod(name)).status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({ exitCode: 137, reason: 'Error' });
    const log = await kubernetes.api.core.readNamespacedPodLog({ namespace, name, previous: true });
    expect(log).toContain('ready on ');
  });

  test('an engaged switch makes every pod unready, and its liveness probe restarts it', async () => {
    await pair.writeRow('b', { engaged: true, reason: 'lab' });
    const { name } = await firstPod();
    await until('its liveness probe ended it', async () => (await restarts(name)) > 1);
    expect((await readPod(name)).status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('False');
    const events = await kubernetes.api.core.listNamespacedEvent({ namespace, fieldSelector: `involvedObject.name=${name}` });
    expect(events.items.map(({ message }) => message)).toContain('Liveness probe failed: HTTP probe failed with statuscode: 503');
    await pair.writeRow('b', { engaged: false, reason: '' });
    await application.waitRolledOut();
  });

  test('a killed kubelet leaves the pods alone, and the next one takes them over', async () => {
    const before = await application.pods();
    const counts = await Promise.all(before.map(({ name }) => restarts(name)));
    const processes = before.flatMap(({ address }) => processesOf(address).filter(isAlive));
    expect(processes).toHaveLength(3);
    await kubernetes.kubelet.kill();
    expect(await Promise.all(before.map(statusOf))).toEqual([200, 200, 200]);
    const [orphan, deleted] = before;
    await kubernetes.api.core.deleteNamespacedPod({ namespace, name: deleted!.name });
    process.kill(-processesOf(orphan!.address).find(isAlive)!.pid, 'SIGKILL');
    await kubernetes.kubelet.start();
    await until('the deleted pod is gone', async () => !(await podExists(deleted!.name)));
    await application.waitRolledOut();
    expect(processesOf(deleted!.address).filter((entry) => processes.includes(entry) && isAlive(entry))).toEqual([]);
    expect(await restarts(orphan!.name)).toBe(counts[0]! + 1);
    expect(await restarts(before[2]!.name)).toBe(counts[2]);
    expect(processesOf(before[2]!.address).filter(isAlive)).toEqual([processes[2]]);
  });

  test('a pod deaf to SIGTERM stays until its grace is over, and a shorter grace ends it sooner', async () => {
    const deaf = await applicationOnKubernetes(ground, kubernetes, pairDatabase(ground, pair, 'b'), {
      namespace: 'deaf',
      dsnForm: 'keys',
      replicas: 1,
      trading: 0,
      graceSeconds: 120,
      behaviour: { ignoreSigterm: true },
    });
    const [pod] = await deaf.pods();
    const { name, address } = pod!;
    const [running] = processesOf(address).filter(isAlive);
    const there = () =>
      kubernetes.api.core.readNamespacedPod({ namespace: 'deaf', name }).then(
        () => true,
        () => false,
      );
    await kubernetes.api.core.deleteNamespacedPod({ namespace: 'deaf', name });
    await until('another pod took its place', async () => (await deaf.pods()).length === 1);
    await deaf.waitReady();
    expect([isAlive(running!), await there()]).toEqual([true, true]);
    await kubernetes.api.core.deleteNamespacedPod({ namespace: 'deaf', name, gracePeriodSeconds: 1 });
    await until('the pod is gone', async () => !(await there()));
    expect(isAlive(running!)).toBe(false);
  });

  test('an API server that hangs or is killed comes back with everything', async () => {
    const before = await addresses();
    kubernetes.apiServer.freeze();
    await until('it is stopped', () => processFacts(kubernetes.apiServer.pid()!)?.state === 'T');
    const asked = addresses();
    kubernetes.apiServer.thaw();
    expect(await asked).toEqual(before);
    await kubernetes.apiServer.kill();
    await expect(addresses()).rejects.toThrow('ECONNREFUSED');
    await kubernetes.apiServer.start();
    expect(await addresses()).toEqual(before);
    await application.restart();
    await application.waitRolledOut();
    // The deaf pod's successor has one too.
    expect(await sessions('b')).toEqual(expect.arrayContaining([...(await addresses())]));
  });

  test('the owner of a Secret writes the old value back', async () => {
    const { core } = kubernetes.api;
    const name = application.secret;
    const data = async () => (await core.readNamespacedSecret({ namespace, name })).data;
    const before = await data();
    const end = await kubernetes.faults.revertSecret({ namespace, name });
    await application.pointAt(pairDatabase(ground, pair, 'a'));
    await expect.poll(data).toEqual(before);
    await end();
    await application.pointAt(pairDatabase(ground, pair, 'a'));
    expect(await data()).not.toEqual(before);
    await application.pointAt(pairDatabase(ground, pair, 'b'));
  });

  test('an autoscaler brings replicas back, one like the real one not from 0', async () => {
    const target = { namespace, name: application.tradingDeployment };
    const replicas = async () => (await kubernetes.api.apps.readNamespacedDeployment(target)).spec?.replicas ?? 0;
    const endHpa = await kubernetes.faults.autoscale(target, { min: 2 });
    await expect.poll(replicas).toBe(2);
    await kubernetes.api.apps.patchNamespacedDeploymentScale({ ...target, body: { spec: { replicas: 0 } } }, asMergePatch);
    const pods = async () => (await kubernetes.api.core.listNamespacedPod({ namespace, labelSelector: `app=${target.name}` })).items.length;
    await expect.poll(pods, { timeout: 20_000 }).toBe(0);
    expect(await replicas()).toBe(0);
    await endHpa();
    const endKeda = await kubernetes.faults.autoscale(target, { min: 2, like: 'keda' });
    await expect.poll(replicas).toBe(2);
    await endKeda();
  });

  test('a pod without its Secret waits for it and says so', async () => {
    await kubernetes.api.core.deleteNamespacedSecret({ namespace, name: application.secret });
    const { name } = await firstPod();
    await kubernetes.api.core.deleteNamespacedPod({ namespace, name });
    const waiting = async () => {
      const { items } = await kubernetes.api.core.listNamespacedPod({ namespace, labelSelector: application.selector });
      return items.map(({ status }) => status?.containerStatuses?.[0]?.state?.waiting).find((state) => state !== undefined);
    };
    await expect
      .poll(waiting, { timeout: 20_000 })
      .toMatchObject({ reason: 'CreateContainerConfigError', message: `secret "${application.secret}" not found` });
    await application.pointAt(pairDatabase(ground, pair, 'b'));
    await application.waitRolledOut();
  });

  test('close leaves no process of the cluster and none of a pod, deaf ones included', async () => {
    const journal = readJournal(`${ground.dir}/journal`);
    expect(journal.filter(isAlive).map(({ name }) => name)).toEqual(expect.arrayContaining(['kube-api', 'kubelet']));
    await ground.guardian.release(false);
    expect(journal.filter(isAlive)).toEqual([]);
    expect(existsSync(ground.dir)).toBe(false);
  });
});
