/** The set-up’s own commands and places for the manual continuation: what a person types when Holdfast is not there. No secret, no reference. */
import type { Plan } from '../domain/plan.js';
import { patroniMembers } from './declarations.js';
import { kubernetesCommands, scaleCommands } from './manual-kubernetes.js';
import { objectWords, onKubernetes } from './platform.js';
import type { StoreConfig } from './sections/store.js';
import { quoted } from './shell.js';

/** Commands and the place of the DSN, as lines for a shell. */
export function manualOf(store: StoreConfig): Plan['manual'] {
  const { application, cluster, workload } = store;
  const instances = (line: (name: string, url: string) => string) =>
    Object.fromEntries(application.instances.map(({ name, url }) => [name, line(name, url)]));
  const command = (words: readonly string[]) => instances((name) => shellLine(words, { instance: name }));
  return {
    commands: {
      connection: connectionOptions(cluster),
      ...fenceCommands(store),
      ...managerCommands(cluster),
      ...('exec' in workload
        ? { stop: command(workload.exec.stop), start: command(workload.exec.start), status: command(workload.exec.status) }
        : {}),
      ...kubernetesCommands(store),
      health: instances((_name, url) => new URL('/health', url).href),
      admin: instances((_name, url) => new URL(application.admin.path ?? '/admin/kill-switch', url).href),
      ...pauseCommands(store),
    },
    config: placeOf(store),
  };
}

function placeOf(store: StoreConfig): Plan['manual']['config'] {
  if ('envFile' in store.configSource) {
    const { file, key, path } = store.configSource.envFile;
    return { where: file, key, path };
  }
  const { key, path } = store.configSource.kubernetes;
  const { source } = onKubernetes(store);
  return { where: source === undefined ? '' : objectWords(source), key, path };
}

/** Options of psql beside host and port. Only files are named; a variable of the worker is of no use in a person’s shell. */
function connectionOptions(cluster: StoreConfig['cluster']): string {
  const file = (option: string, reference: string | undefined) =>
    reference?.startsWith('file:') === true ? [`${option}=${reference.slice('file:'.length)}`] : [];
  const { ca, cert, key } = cluster.tls;
  return [
    `dbname=${cluster.database}`,
    `user=${cluster.role}`,
    'sslmode=verify-full',
    ...file('sslrootcert', ca),
    ...file('sslcert', cert),
    ...file('sslkey', key),
  ].join(' ');
}

function fenceCommands(store: StoreConfig): Pick<Plan['manual']['commands'], 'fence' | 'readFence'> {
  if (!('exec' in store.fence)) return {};
  const { fence, read, nodes } = store.fence.exec;
  const fenced = store.cluster.nodes.filter(({ name }) => nodes === undefined || nodes.includes(name));
  const lines = (words: readonly string[]) =>
    Object.fromEntries(fenced.map(({ name, host }) => [name, shellLine(words, { node: name, host })]));
  return { fence: lines(fence), readFence: lines(read) };
}

/** Calls of Patroni’s REST API as a person makes them. The login is read from its files by the shell that runs the line. */
function managerCommands(cluster: StoreConfig['cluster']): Pick<Plan['manual']['commands'], 'managerView' | 'promote'> {
  const { patroni } = cluster;
  if (patroni === undefined) return {};
  const { tls, username, password } = patroni;
  const file = (option: string, reference: string | undefined) =>
    reference?.startsWith('file:') === true ? ` ${option} ${quoted(reference.slice('file:'.length))}` : '';
  const curl = `curl -sS${file('--cacert', tls?.ca)}${file('--cert', tls?.cert)}${file('--key', tls?.key)}`;
  const login = username === undefined || password === undefined ? '' : ` -u "${shellValue(username)}:${shellValue(password)}"`;
  const members = patroniMembers(cluster);
  const address = (url: string, path: string) => quoted(new URL(path, url.endsWith('/') ? url : `${url}/`).href);
  return {
    managerView: members.map(({ url }) => `${curl} ${address(url, 'cluster')}`),
    promote: Object.fromEntries(
      members.map(({ node, member, url }) => [
        node,
        `${curl}${login} -H 'Content-Type: application/json' -d ${quoted(JSON.stringify({ candidate: member }))} ${address(url, 'failover')}`,
      ]),
    ),
  };
}

/** The value behind a reference, as the shell reads it: a variable, or a file. */
function shellValue(reference: string): string {
  return reference.startsWith('env:') ? `$${reference.slice('env:'.length)}` : `$(cat ${quoted(reference.slice('file:'.length))})`;
}

function pauseCommands(store: StoreConfig): Pick<Plan['manual']['commands'], 'pauseTrading' | 'resumeTrading'> {
  const pause = store.tradingPause;
  if ('exec' in pause)
    return { pauseTrading: shellLine(pause.exec.pause, { key: 'manual' }), resumeTrading: shellLine(pause.exec.resume, { key: 'manual' }) };
  if ('scale' in pause) return scaleCommands(store);
  if (!('http' in pause)) return {};
  const { url, token } = pause.http;
  const base = url.endsWith('/') ? url : `${url}/`;
  const authorization = token === undefined ? '' : ` -H "Authorization: Bearer ${shellValue(token)}"`;
  const call = (path: string) => `curl -fsS -X POST${authorization} -H 'Idempotency-Key: manual' ${quoted(new URL(path, base).href)}`;
  return { pauseTrading: call('pause'), resumeTrading: call('resume') };
}

/** Words as one line for a POSIX shell, names filled in. */
export function shellLine(words: readonly string[], values: Readonly<Record<string, string>>): string {
  return words
    .map((word) => quoted(Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), word)))
    .join(' ');
}
