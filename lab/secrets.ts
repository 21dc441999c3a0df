import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SignJWT } from 'jose';

/** Kinds of secrets of a lab; each is a file of that name under `secrets/`. */
export type SecretName =
  | 'superuser-password'
  | 'replicator-password'
  | 'dsn-password'
  | 'admin-jwt-secret'
  | 'admin-token'
  | 'admin-token-officer'
  | 'admin-otp-seed'
  | 'admin-client-certificate'
  | 'webhook-secret'
  | 'alert-token'
  | 'trading-token'
  | 'patroni-password';

/** The lab's secrets: files for whoever takes references, values for whoever plays the other side or greps for leaks. */
export interface Secrets {
  readonly files: Readonly<Record<SecretName, string>>;
  readonly values: Readonly<Record<SecretName, string>>;
}

const ISSUER = 'holdfast-lab';

async function adminToken(secret: string, subject: string, role: 'risk-auditor' | 'risk-officer'): Promise<string> {
  return new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setIssuer(ISSUER)
    .setIssuedAt()
    .setExpirationTime('24h')
    .sign(new TextEncoder().encode(secret));
}

/** Base32 (RFC 4648) has no 0, 1, 8, 9. */
function base32(length: number): string {
  return [...randomBytes(length)].map((byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.charAt(byte % 32)).join('');
}

/**
 * Makes random secrets and writes each to a file (mode 0600). Every one carries the marker `canary` (upper case in the seed, which is
 * base32; signed tokens cannot carry it), so that a leak is found by a grep for it or for the values.
 */
export async function createSecrets(dir: string): Promise<Secrets> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const canary = (kind: string): string => `canary-${kind}-${randomBytes(12).toString('hex')}`;
  const jwtSecret = canary('jwt');
  const values: Record<SecretName, string> = {
    'superuser-password': canary('superuser'),
    'replicator-password': canary('replicator'),
    // The slash and the at sign must be escaped in a URI: whoever edits the DSN must keep that byte for byte.
    'dsn-password': `${canary('dsn')}/@`,
    'admin-jwt-secret': jwtSecret,
    'admin-token': await adminToken(jwtSecret, 'holdfast', 'risk-auditor'),
    'admin-token-officer': await adminToken(jwtSecret, 'rita', 'risk-officer'),
    'admin-otp-seed': `CANARY${base32(26)}`,
    'admin-client-certificate': canary('client-certificate'),
    // The form of Standard Webhooks: base64 after the prefix. The text below is valid base64 and carries the marker.
    'webhook-secret': `whsec_canary${randomBytes(13).toString('hex')}`,
    'alert-token': canary('alert'),
    'trading-token': canary('trading'),
    'patroni-password': canary('patroni'),
  };
  const files = Object.fromEntries(Object.keys(values).map((name) => [name, path.join(dir, name)])) as Record<SecretName, string>;
  for (const name of Object.keys(values) as SecretName[]) writeFileSync(files[name], values[name], { mode: 0o600 });
  return { files, values };
}
