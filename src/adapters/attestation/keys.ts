import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Decision } from '../../domain/decision.js';
import { signedText } from '../../domain/decision-rules.js';
import { HoldfastError } from '../../domain/errors.js';
import { createOnly } from '../shared/durable-file.js';
import { resolveSecret } from '../shared/secrets.js';
import type { SecretRef } from '../shared/secrets.js';

/** What is pinned in the configuration for a person: ed25519, SPKI (DER) in base64, under its fingerprint. */
export interface PublicKey {
  readonly id: string;
  readonly publicKey: string;
}

/** A key that can sign. The private half is an opaque object: it cannot be printed by accident. */
export interface SigningKey extends PublicKey {
  readonly privateKey: KeyObject;
}

/** Short name of a public key: the first 16 hex digits of the SHA-256 of its SPKI form. */
export function fingerprint(publicKey: string): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex').slice(0, 16);
}

/**
 * Makes a key pair, writes the private half (PKCS8 PEM, mode 0600) to a file that must not exist yet, and returns the public half.
 * Errors: HF_CONFIG_INVALID when the file exists.
 */
export async function generateKey(file: string): Promise<PublicKey> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  if (!(await createOnly(file, pem, 0o600))) {
    throw new HoldfastError('HF_CONFIG_INVALID', `The key file ${file} exists already; a key is never overwritten.`, { file });
  }
  return publicHalf(privateKey);
}

/** Reads a private key by reference (`file:/path` or `env:NAME`). Errors: HF_SECRET_UNRESOLVED, also when it is no ed25519 key. */
export async function loadKey(ref: SecretRef): Promise<SigningKey> {
  const privateKey = parsePrivateKey(await resolveSecret(ref));
  if (privateKey?.asymmetricKeyType !== 'ed25519') {
    throw new HoldfastError('HF_SECRET_UNRESOLVED', `${ref}: it is not an ed25519 private key in PKCS8 PEM.`, {
      reference: ref,
      why: 'not an ed25519 key',
    });
  }
  return { ...publicHalf(privateKey), privateKey };
}

/**
 * Signs a decision as a person. `fullHash` is the hash of the opening whose code the decision names, empty for a decision without a code.
 * Returns the decision with `by` and the signature in it, as it is sent.
 */
export function signDecision(decision: Decision, fullHash: string, personId: string, key: SigningKey, keyId: string = key.id): Decision {
  const spoken: Decision = { ...decision, by: personId };
  const value = sign(null, Buffer.from(signedText(spoken, fullHash, personId), 'utf8'), key.privateKey).toString('base64');
  return { ...spoken, signature: { key: keyId, value } };
}

/** Whether the signature was made by the private half of this public key over this decision, evidence and person. Never throws. */
export function verifyDecision(decision: Decision, fullHash: string, personId: string, publicKey: string): boolean {
  if (decision.signature === undefined) return false;
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    // Another kind of key would verify other signatures than the ones that were agreed upon.
    if (key.asymmetricKeyType !== 'ed25519') return false;
    return verify(
      null,
      Buffer.from(signedText(decision, fullHash, personId), 'utf8'),
      key,
      Buffer.from(decision.signature.value, 'base64'),
    );
  } catch {
    return false;
  }
}

function publicHalf(privateKey: KeyObject): PublicKey {
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64');
  return { id: fingerprint(publicKey), publicKey };
}

function parsePrivateKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
