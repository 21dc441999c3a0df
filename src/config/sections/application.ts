import { z } from 'zod';
import { DEFAULT_APPLICATION_NAME, DEFAULT_ROW_RULES } from '../defaults.js';
import { durationOr, hostName, port, secretReference, shortName, webAddress } from '../values.js';
import { tlsSection } from './cluster.js';

const instance = z.strictObject({
  name: shortName.describe('Name of the instance; `{instance}` in commands.'),
  url: webAddress.describe('Where this instance answers health and admin calls; never a load balancer.'),
  clientAddress: hostName.optional().describe('Address its database sessions come from, when it has one of its own.'),
});

const admin = z.strictObject({
  path: z.string().regex(/^\//, 'is not a path — begin it with /').optional().describe('Path of the admin API. Default: the profile’s.'),
  token: secretReference.describe('Bearer token for GET only (design S14).'),
  clientCert: secretReference.optional().describe('Value of the client-certificate header.'),
  otpSeed: secretReference.optional().describe('Seed of the one-time code (base32).'),
});

const login = z.strictObject({
  role: z.string().min(1).default('geosync').describe('The application’s database role.'),
  password: secretReference.optional().describe('Its password.'),
  tls: tlsSection.describe('The application’s own TLS material, to prove that it could log in to a new node (design S3).'),
  sslmode: z.enum(['verify-full', 'verify-ca']).default('verify-full'),
});

const rowRules = z.strictObject({
  staleAfter: durationOr(DEFAULT_ROW_RULES.staleAfterMs, 'A row older than this quarantines a process that reads it.'),
  futureTolerance: durationOr(DEFAULT_ROW_RULES.futureToleranceMs, 'A row further in the future than this is rejected.'),
  reasonMaxLength: z.int().positive().default(DEFAULT_ROW_RULES.reasonMaxLength),
});

/** The application that reads the row: its instances, its admin API, its login, its rules. */
export const applicationSection = z.strictObject({
  profile: z.literal('geosync').default('geosync').describe('Shapes, paths and keys of the application.'),
  workload: shortName.optional().describe('Name of the workload that runs the instances; a trading pause that stops it is refused.'),
  instances: z.array(instance).default([]).describe('Every process that reads the row. Empty where its platform finds them: see `found`.'),
  found: z
    .strictObject({
      scheme: z.enum(['http', 'https']).default('http').describe('How an instance is called at its own address.'),
      port: port.describe('Port at which every instance answers health and admin calls.'),
    })
    .optional()
    .describe('How instances are reached that are not named here but found on their platform, each at its own address (pods).'),
  hostHeader: z.string().min(1).optional().describe('Host header that the application trusts, when it is called by address.'),
  tlsCa: secretReference.optional().describe('Certificate authority of the instances’ own certificates.'),
  applicationName: z.string().min(1).default(DEFAULT_APPLICATION_NAME).describe('application_name of its database sessions.'),
  table: z
    .strictObject({ schema: z.string().min(1).default('public'), table: z.string().min(1).default('kill_switch_state') })
    .prefault({})
    .describe('The application’s table.'),
  timeout: durationOr(3000, 'Longest time one health or admin call may take.'),
  admin,
  login,
  rowRules: rowRules.prefault({}),
});
