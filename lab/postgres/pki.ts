import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generate } from 'selfsigned';
import type { Place } from '../hosts.js';
import type { SystemUser } from './user.js';
import { give } from './user.js';

/** File paths of a certificate and its key. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** The lab's certificate authority and what it issued. The CA's key exists in memory only. */
export interface Pki {
  readonly caFile: string;
  /** Server certificate files of a database node; the same paths whatever certificate is in them. */
  server(nodeName: string): CertificateFiles;
  /** Client certificate of a database role (CN = role). */
  client(role: string): CertificateFiles;
  /** Writes a server certificate whose names are the host's name and address, by our CA or by a stranger's. */
  issueServer(nodeName: string, place: Place, by: 'lab-ca' | 'other-ca'): Promise<void>;
}

type Pems = Awaited<ReturnType<typeof generate>>;
type AltNames = readonly { readonly type: 2 | 7; readonly value?: string; readonly ip?: string }[];

const VALID_DAYS = 30;

// The library's own defaults are RSA and sha1: never rely on them.
const common = () => ({
  keyType: 'ec' as const,
  curve: 'P-256' as const,
  algorithm: 'sha256',
  // An hour back: a test may run a node on a skewed clock.
  notBeforeDate: new Date(Date.now() - 3_600_000),
  notAfterDate: new Date(Date.now() + VALID_DAYS * 86_400_000),
});

const named = (value: string) => [{ name: 'commonName', value }];

function authority(name: string): Promise<Pems> {
  return generate(named(name), {
    ...common(),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
}

function issue(
  ca: Pems,
  name: string,
  usage: { readonly serverAuth?: true; readonly clientAuth?: true },
  altNames: AltNames,
): Promise<Pems> {
  return generate(named(name), {
    ...common(),
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', ...usage },
      ...(altNames.length > 0 ? [{ name: 'subjectAltName' as const, altNames: [...altNames] }] : []),
    ],
  });
}

/** Makes the CA and one client certificate for each role. */
export async function createPki(dir: string, roles: readonly string[], user: SystemUser | undefined): Promise<Pki> {
  await mkdir(dir, { recursive: true });
  const files = (name: string): CertificateFiles => ({ cert: path.join(dir, `${name}.crt`), key: path.join(dir, `${name}.key`) });
  const server = (nodeName: string): CertificateFiles => files(`server-${nodeName}`);
  const client = (role: string): CertificateFiles => files(`client-${role}`);
  const write = async (to: CertificateFiles, pems: Pems): Promise<void> => {
    await writeFile(to.cert, pems.cert);
    await writeFile(to.key, pems.private, { mode: 0o600 });
  };
  const ca = await authority('Holdfast lab CA');
  const caFile = path.join(dir, 'ca.crt');
  await writeFile(caFile, ca.cert);
  await Promise.all(roles.map(async (role) => write(client(role), await issue(ca, role, { clientAuth: true }, []))));

  const issueServer = async (nodeName: string, place: Place, by: 'lab-ca' | 'other-ca'): Promise<void> => {
    const issuer = by === 'lab-ca' ? ca : await authority('Somebody else CA');
    const pems = await issue(issuer, place.name, { serverAuth: true }, [
      { type: 2, value: place.name },
      { type: 7, ip: place.address },
    ]);
    await write(server(nodeName), pems);
    await give(user, server(nodeName).key);
  };
  return { caFile, server, client, issueServer };
}
