/** The configuration file: one YAML document, validated by this schema. Everything but stores has a default. */
import { z } from 'zod';
import { peopleSection } from './sections/people.js';
import { policySection } from './sections/policy.js';
import { alertsSection, gatewaySection, temporalSection, workerSection } from './sections/services.js';
import { storeSection } from './sections/store.js';
import { shortName } from './values.js';

/** Schema of the whole file. */
export const configSchema = z.strictObject({
  schema: z.literal(1, { error: 'is not a version this Holdfast reads — write `schema: 1`' }).describe('Version of the configuration.'),
  temporal: temporalSection.prefault({}),
  worker: workerSection.prefault({}),
  gateway: gatewaySection.prefault({}),
  people: peopleSection.default([]).describe('Who may decide.'),
  policy: policySection.prefault({}),
  stores: z
    .record(shortName, storeSection)
    .refine((stores) => Object.keys(stores).length > 0, 'is empty — describe at least one store')
    .describe('Protected stores by name.'),
  alerts: alertsSection.default([]).describe('Which alert belongs to which store.'),
});

/** The parsed configuration; durations in milliseconds, secrets still references. */
export type Config = z.output<typeof configSchema>;

/** The configuration as JSON Schema (draft 2020-12), for editors: what a person writes, not what the parser returns. */
export function configJsonSchema(): Record<string, unknown> {
  return { title: 'Holdfast configuration', ...z.toJSONSchema(configSchema, { io: 'input', target: 'draft-2020-12' }) };
}
