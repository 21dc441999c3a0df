import { z } from 'zod';
import { DEFAULT_GATEWAY_LISTEN } from '../defaults.js';
import { duration, listenAddress, secretReference, shortName } from '../values.js';

/** How Temporal is reached. What is not given here comes from the standard TEMPORAL_* variables and profile. */
export const temporalSection = z.strictObject({
  address: z.string().min(1).optional().describe('host:port. Default: TEMPORAL_ADDRESS or the profile.'),
  namespace: z.string().min(1).optional().describe('Default: TEMPORAL_NAMESPACE or the profile.'),
  profile: z.string().min(1).optional().describe('Profile of the Temporal configuration file. Default: TEMPORAL_PROFILE.'),
});

/** The worker process. */
export const workerSection = z.strictObject({
  identity: z.string().min(1).optional().describe('Identity in Temporal’s history. Default: host name and process id.'),
  versioning: z.enum(['off', 'pinned']).default('off'),
  health: listenAddress.optional().describe('host:port of GET /healthz and /readyz. Default: none.'),
  metrics: listenAddress.optional().describe('host:port of the Prometheus endpoint. Default: none.'),
  slots: z
    .strictObject({ act: z.int().min(1).default(20), watch: z.int().min(1).default(200) })
    .prefault({})
    .describe('Activity slots of each task queue.'),
  deadMan: z
    .string()
    .default('')
    .describe('What ends trading when Temporal and all workers are down, in words; readiness says so while it is empty (design S11).'),
});

const basic = z.strictObject({ user: z.string().min(1), password: secretReference });

/** The gateway that receives alerts. A source without a credential is not served. */
export const gatewaySection = z.strictObject({
  listen: listenAddress.default(DEFAULT_GATEWAY_LISTEN),
  sources: z
    .strictObject({
      alertmanager: z
        .strictObject({ bearer: secretReference.optional(), basic: basic.optional() })
        .refine(
          (source) => (source.bearer === undefined) !== (source.basic === undefined),
          'has no or two credentials — give one of `bearer` and `basic`',
        )
        .optional()
        .describe('POST /alerts/alertmanager'),
      generic: z
        .strictObject({ secret: secretReference.describe('Standard Webhooks secret (whsec_…).') })
        .optional()
        .describe('POST /alerts/generic'),
    })
    .prefault({}),
});

/** Which alert belongs to which store: the first entry whose labels are all equal decides. */
export const alertsSection = z.array(
  z.strictObject({
    labels: z
      .record(z.string().min(1), z.string())
      .refine((labels) => Object.keys(labels).length > 0, 'is empty — name at least one label'),
    store: shortName,
    for: duration.prefault('0s').describe('The `for` of the alert rule: the staleness clock starts this much earlier than the alert.'),
  }),
);
