import { z } from 'zod';
import { ATTESTATIONS, GATES } from '../../domain/gate.js';
import { VERDICT_CODES } from '../../domain/verdict-code.js';
import { duration, shortName } from '../values.js';
import { roleName } from './people.js';

/** What may be changed about a gate. Its options and its act on silence may not: they are the product’s safety. */
const gateOverride = z.strictObject({
  roles: z.array(roleName).optional().describe('Each answer that adds risk needs one person of each of these roles.'),
  people: z.int().min(1).max(9).optional().describe('How many different people.'),
  starterMayDecide: z.boolean().optional(),
  attestation: z.enum(ATTESTATIONS).optional().describe('Weakest attestation that counts.'),
  deadline: duration.optional().describe('When silence becomes the safe answer.'),
  nextPerson: roleName.optional(),
  lastResort: roleName.optional(),
});

const standing = z.strictObject({
  store: shortName,
  gate: z.enum(['promote', 'accept']),
  approvedBy: z.array(shortName).min(2, 'names fewer than two people — a standing approval is given by two different people'),
  approvedAt: z.iso.datetime({ offset: true, error: 'is not a moment — write it as 2026-01-31T12:00:00Z' }),
  verdicts: z.array(z.enum(VERDICT_CODES)).min(1),
  maxLossBytes: z.int().min(0).default(0).describe('Largest possible loss; 0 asks for `none, proven`.'),
});

/** Who may decide what. Everything not given is the closed table of `holdfast policy show`. */
export const policySection = z.strictObject({
  gates: z.partialRecord(z.enum(GATES), gateOverride).default({}),
  acceptDeclared: z
    .boolean()
    .default(false)
    .describe('True: names that were only typed count at every gate. For demonstrations; every card says so.'),
  standing: z.array(standing).default([]).describe('Rules approved in advance; at most 90 days old.'),
});
