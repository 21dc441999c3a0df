import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Place } from '../hosts.js';
import type { CertificateFiles } from '../postgres/pki.js';
import { createPki } from '../postgres/pki.js';

/** Who may call the API server by a token of the static token file. All of them are cluster administrators. */
export type StaticUser = 'admin' | 'controller-manager' | 'kubelet';

/** Certificates, keys and tokens of one control plane, as files. */
export interface Credentials {
  readonly caFile: string;
  readonly caPem: string;
  readonly apiServer: CertificateFiles;
  /** Server certificate of the kubelet's log endpoint. */
  readonly kubeletServer: CertificateFiles;
  /** What the API server shows the kubelet. */
  readonly kubeletClient: CertificateFiles;
  readonly serviceAccountKeyFile: string;
  readonly tokenFiles: Readonly<Record<StaticUser, string>>;
  /** The API server's `--token-auth-file`. */
  readonly tokenTable: string;
}

const KUBELET_CLIENT = 'kube-apiserver-kubelet-client';
const STATIC_USERS: readonly StaticUser[] = ['admin', 'controller-manager', 'kubelet'];

/** Makes all of it anew for one lab: no token or key is ever valid in another. */
export async function createCredentials(dir: string, apiServer: Place, kubelet: Place): Promise<Credentials> {
  const pki = await createPki(dir, [KUBELET_CLIENT], undefined);
  await Promise.all([pki.issueServer('api', apiServer, 'lab-ca'), pki.issueServer('kubelet', kubelet, 'lab-ca')]);
  const serviceAccountKeyFile = path.join(dir, 'service-account.key');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // SEC 1: the API server does not find the public key in a PKCS #8 file.
  writeFileSync(serviceAccountKeyFile, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });

  const tokens = path.join(dir, 'tokens');
  mkdirSync(tokens, { mode: 0o700 });
  const rows = STATIC_USERS.map((user) => ({ user, token: randomBytes(24).toString('hex'), file: path.join(tokens, user) }));
  for (const { token, file } of rows) writeFileSync(file, token, { mode: 0o600 });
  const tokenTable = path.join(tokens, 'table.csv');
  writeFileSync(tokenTable, rows.map(({ user, token }) => `${token},${user},${user},"system:masters"\n`).join(''), { mode: 0o600 });
  return {
    caFile: pki.caFile,
    caPem: await readFile(pki.caFile, 'utf8'),
    apiServer: pki.server('api'),
    kubeletServer: pki.server('kubelet'),
    kubeletClient: pki.client(KUBELET_CLIENT),
    serviceAccountKeyFile,
    tokenFiles: Object.fromEntries(rows.map(({ user, file }) => [user, file])) as Record<StaticUser, string>,
    tokenTable,
  };
}
