import { z } from 'zod';
import { absolutePath, command, durationOr, secretReference, shortName, webAddress } from '../values.js';
import { controllerFields, kubernetesConfigSource, kubernetesWorkload, namesOneController, ONE_CONTROLLER } from './kubernetes.js';

const second = 1000;

/** What runs the instances. Commands follow systemd: `status` exits 0 running, 3 stopped; `{instance}` is the instance’s name. */
export const workloadSection = z.union(
  [
    z.strictObject({
      exec: z.strictObject({
        start: command,
        stop: command.describe('Asks it to end (SIGTERM); may return before it is gone.'),
        kill: command.optional().describe('Ends an instance that ignored `stop`.'),
        status: command.describe(
          'Exit 0 running, 3 stopped, anything else unknown. `pid=<n>` in its output tells a restarted process from the old one.',
        ),
        timeout: durationOr(8 * second, 'Longest time one command may take.'),
      }),
    }),
    z.strictObject({ kubernetes: kubernetesWorkload }),
  ],
  { error: 'is not a workload — give exactly one of `exec` and `kubernetes`, with their own keys' },
);

/** Where the application’s DSN lives. Only host and port in it are ever changed. */
export const configSourceSection = z.union(
  [
    z.strictObject({
      envFile: z.strictObject({
        file: absolutePath.describe('Environment file that the instances read at start.'),
        key: z.string().min(1).describe('Key that holds the DSN, or a document with the DSN in it.'),
        path: z.array(z.string().min(1)).default([]).describe('Path inside the document; empty when the value is the DSN itself.'),
        format: z.enum(['json', 'yaml']).default('json').describe('Form of the document, when `path` is given.'),
        owner: z.string().min(1).default('nobody else').describe('Who else writes this file (GitOps, a secret operator), in words.'),
      }),
    }),
    z.strictObject({ kubernetes: kubernetesConfigSource }),
  ],
  { error: 'is not a config source — give exactly one of `envFile` and `kubernetes`, with their own keys' },
);

const pauseCommon = {
  restingOrders: z
    .enum(['cancelled', 'left', 'unknown'])
    .default('unknown')
    .describe('What the pause does to resting orders; shown on every card.'),
  manualKill: z
    .string()
    .min(1)
    .default('none configured: stop trading at the venue or broker by hand')
    .describe('What a person does when the pause cannot be proven.'),
  stops: z.array(shortName).default([]).describe('Workloads or instances that the pause stops. One that serves the admin API is refused.'),
  settle: durationOr(10 * second, 'How long an unknown outcome is read back before people are asked.'),
} as const;

/** How automated trading is paused. Exactly one of the four. */
export const tradingPauseSection = z.union(
  [
    z.strictObject({
      http: z.strictObject({
        url: webAddress.describe('Base address; POST /pause, POST /resume, GET /state below it.'),
        token: secretReference.optional().describe('Bearer token.'),
        tlsCa: secretReference.optional().describe('Certificate authority of the platform’s certificate. Default: the system’s list.'),
        timeout: durationOr(3 * second, 'Longest time one call may take.'),
        honoursKey: z
          .boolean()
          .default(false)
          .describe('True: the platform keeps the Idempotency-Key, so the same call again changes nothing more.'),
        ...pauseCommon,
      }),
    }),
    z.strictObject({
      exec: z.strictObject({
        pause: command.describe('`{key}` is the idempotency key.'),
        resume: command.describe('`{key}` is the key of the pause that is lifted.'),
        state: command.describe('Exit 0 paused, 3 trading, anything else unknown.'),
        timeout: durationOr(5 * second, 'Longest time one command may take.'),
        ...pauseCommon,
      }),
    }),
    z.strictObject({
      scale: z
        .strictObject({ ...controllerFields, ...pauseCommon })
        .refine(namesOneController, ONE_CONTROLLER)
        .describe('The workload that trades is scaled to 0; its replicas are remembered at the workload itself.'),
    }),
    z.strictObject({ none: z.strictObject({ manualKill: pauseCommon.manualKill }) }),
  ],
  { error: 'is not a trading pause — give exactly one of `http`, `exec`, `scale` and `none`, with their own keys' },
);

/** How an old primary is kept from serving. `{node}` and `{host}` are replaced. */
export const fenceSection = z.union(
  [
    z.strictObject({
      exec: z.strictObject({
        class: z
          .enum(['P', 'N', 'H'])
          .default('H')
          .describe('P power off, N network or storage isolation, H service stopped and disabled (design S4).'),
        fence: command,
        read: command.describe('Exit 0 in force, 1 not in force, anything else unknown.'),
        nodes: z.array(shortName).optional().describe('Nodes it can fence. Default: all.'),
        timeout: durationOr(8 * second, 'Longest time one command may take.'),
      }),
    }),
    z.strictObject({ none: z.strictObject({}) }),
  ],
  { error: 'is not a fence — give exactly one of `exec` and `none`, with their own keys' },
);

/** Where people are told. */
export const notifySection = z.array(
  z.strictObject({
    webhook: z.strictObject({
      url: z.union([webAddress, secretReference], {
        error: 'is neither an address nor a reference — write https://… or env:NAME when the address holds a token',
      }),
      secret: secretReference.optional().describe('Standard Webhooks secret (whsec_…) that signs each message.'),
      roles: z
        .array(z.enum(['on-call', 'risk', 'operations']))
        .default(['on-call', 'risk', 'operations'])
        .describe('Whom this route reaches.'),
      timeout: durationOr(5 * second, 'Longest time one delivery may take.'),
    }),
  }),
);

/** Long-term storage of evidence and snapshots. */
export const archiveSection = z.strictObject({
  jsonl: z.strictObject({ folder: absolutePath.describe('Folder for documents and series; on storage that survives this machine.') }),
});
