import { z } from 'zod';
import { durationOr, hostName, port, secretReference, shortName, webAddress } from '../values.js';

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
  managed: z
    .boolean()
    .optional()
    .describe(
      'True: a managed service or HA manager owns promotion; Holdfast never sends pg_promote. Default: true under Patroni, else false.',
    ),
});

const second = 1000;

/** Patroni’s own part: which cluster, where each member’s REST API is, and how Holdfast proves itself for a request to act. */
const patroniSection = z.strictObject({
  scope: z.string().min(1).describe('Patroni’s name of the cluster (`scope` in patroni.yml). A member of another scope is never asked.'),
  restPort: port.default(8008).describe('Port of the REST API on each node’s own host, where `members` does not say otherwise.'),
  members: z
    .record(shortName, webAddress)
    .default({})
    .describe(
      'REST address by node, under the node’s own address: never a balancer. Default: the node’s host and `restPort`, https with a `tls.ca`.',
    ),
  names: z.record(shortName, z.string().min(1)).default({}).describe('Patroni’s `name` by node, where it differs from ours.'),
  tls: z
    .strictObject({
      ca: secretReference.describe('Certificate authority of the REST API’s certificates (PEM).'),
      cert: secretReference.optional().describe('Own client certificate (PEM), where the API asks for one.'),
      key: secretReference.optional().describe('Key of the client certificate (PEM).'),
    })
    .refine((tls) => (tls.cert === undefined) === (tls.key === undefined), 'has one of `cert` and `key` — give both or neither')
    .optional(),
  username: secretReference.optional().describe('User of the REST API’s authentication; sent with requests to act only.'),
  password: secretReference.optional().describe('Password of that user.'),
  timeout: durationOr(3 * second, 'Longest time one GET may take; a frozen Patroni accepts and never answers.'),
  requestTimeout: durationOr(45 * second, 'Longest time one request to act may take: Patroni itself waits about 20 s before it answers.'),
  settle: durationOr(
    60 * second,
    'How long an unknown promotion is read back before people are asked. At least Patroni’s ttl + loop_wait + 20 s; `check --store` compares.',
  ),
  watchdog: z
    .enum(['off', 'automatic', 'required', 'unknown'])
    .default('unknown')
    .describe(
      'Mode of Patroni’s watchdog, in your words: its REST API does not tell. Without one, a dead Patroni leaves two writable primaries.',
    ),
});

/** The protected database cluster. Stores on one cluster share its name, and with it one acting run (design S8). */
export const clusterSection = z.strictObject({
  name: shortName.describe('Name of the database cluster; the acting run is `failover:<name>`.'),
  adapter: z
    .enum(['postgres', 'patroni'], { error: 'is no cluster adapter — write postgres or patroni' })
    .default('postgres')
    .describe('What promotes: `postgres` is a plain pair or set with streaming replication, `patroni` asks Patroni.'),
  patroni: patroniSection.optional().describe('Needed by the adapter `patroni`, and only by it.'),
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
