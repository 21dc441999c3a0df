import { z } from 'zod';
import { hostName, port, secretReference, shortName } from '../values.js';

/** TLS material as references: certificate authority, own certificate, own key. */
export const tlsSection = z
  .strictObject({
    ca: secretReference.describe('Certificate authority that issued the nodes’ certificates (PEM).'),
    cert: secretReference.optional().describe('Own client certificate (PEM).'),
    key: secretReference.optional().describe('Key of the client certificate (PEM).'),
  })
  .refine((tls) => (tls.cert === undefined) === (tls.key === undefined), 'has one of `cert` and `key` — give both or neither');

const node = z.strictObject({
  name: shortName.describe('Name of the node in cards, reports and commands.'),
  host: hostName.describe('The node’s own address; never a virtual one that moves.'),
  port: port.default(5432),
  site: shortName.optional().describe('Where it stands; a candidate on another site than the primary is ranked first when a site is lost.'),
  candidate: z.boolean().default(true).describe('False: never promote it.'),
  managed: z.boolean().default(false).describe('True: a managed service or HA manager owns promotion; Holdfast never sends pg_promote.'),
});

/** The protected database cluster. Stores on one cluster share its name, and with it one acting run (design S8). */
export const clusterSection = z.strictObject({
  name: shortName.describe('Name of the database cluster; the acting run is `failover:<name>`.'),
  adapter: z
    .literal('postgres')
    .default('postgres')
    .describe('What promotes: `postgres` is a plain pair or set with streaming replication.'),
  nodes: z
    .array(node)
    .min(2, 'has fewer than two nodes — a failover needs a node to go to')
    .describe('Every database node under its own address.'),
  primary: shortName
    .optional()
    .describe('Node that is primary in normal times; only used while no snapshot says better. Default: the first.'),
  database: z.string().min(1).describe('Database that holds kill_switch_state.'),
  role: z.string().min(1).default('holdfast').describe('Holdfast’s own role; it cannot disengage (design S14).'),
  password: secretReference.optional().describe('Password of the role, where certificates alone do not log in.'),
  tls: tlsSection.describe('Holdfast’s TLS material; the nodes are verified under their own address.'),
});
