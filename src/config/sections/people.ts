import { createPublicKey } from 'node:crypto';
import { z } from 'zod';
import { shortName } from '../values.js';

/** Roles as the configuration spells them; same words as the domain’s `Role`. */
export const roleName = z.enum(['on-call', 'risk', 'operations']);

const publicKey = z
  .string({ error: 'is not a public key — write the base64 line that `holdfast init --key FILE` prints' })
  .refine((text) => {
    try {
      return createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' }).asymmetricKeyType === 'ed25519';
    } catch {
      return false;
    }
  }, 'is not an ed25519 public key (SPKI in base64) — make one with `holdfast init --key FILE`');

/** People: one id, many handles. A handle on two ids is refused. */
export const peopleSection = z.array(
  z.strictObject({
    id: shortName.describe('The person’s id in decisions and reports.'),
    roles: z.array(roleName).min(1, 'is empty — a person without a role can decide nothing; give one of on-call, risk, operations'),
    handles: z.array(z.string().min(1)).default([]).describe('Other names of the same person: addresses, chat handles, token subjects.'),
    keys: z
      .array(z.strictObject({ id: shortName, publicKey }))
      .default([])
      .describe('Pinned ed25519 public keys; needed for signed decisions.'),
  }),
);
