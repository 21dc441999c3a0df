import { z } from 'zod';
import { DEFAULT_VERIFY_CONSECUTIVE } from '../defaults.js';
import { shortName } from '../values.js';
import { applicationSection } from './application.js';
import { clusterSection } from './cluster.js';
import { metricsSection } from './metrics.js';
import { kubernetesSection } from './kubernetes.js';
import { archiveSection, configSourceSection, fenceSection, notifySection, tradingPauseSection, workloadSection } from './platform.js';
import { objectivesSection, timesSection } from './times.js';

/** One protected kill-switch store: cluster, row, application. */
export const storeSection = z.strictObject({
  environment: shortName.describe('Environment name that the marker in the database must carry; `exercise` for exercise targets.'),
  cluster: clusterSection,
  application: applicationSection,
  kubernetes: kubernetesSection
    .optional()
    .describe('How the API server is reached, where workload, config source or pause are on Kubernetes.'),
  workload: workloadSection,
  configSource: configSourceSection,
  tradingPause: tradingPauseSection.prefault({ none: {} }).describe('How automated trading is paused.'),
  fence: fenceSection.prefault({ none: {} }).describe('How an old primary is kept from serving.'),
  notify: notifySection.default([]).describe('Where people are told.'),
  archive: archiveSection,
  metrics: metricsSection.optional().describe('Monitoring system that step 6 reviews. Default: none, and no metrics are reviewed.'),
  times: timesSection.prefault({}),
  objectives: objectivesSection.prefault({}),
  verifyConsecutive: z
    .int()
    .min(1)
    .default(DEFAULT_VERIFY_CONSECUTIVE)
    .describe('How often in a row an instance must say that it is operational.'),
  freshnessKeeper: z.string().default('').describe('Who keeps the row fresh after a run, in words; runs warn while it is empty.'),
});

/** A store’s parsed configuration; durations in milliseconds. */
export type StoreConfig = z.output<typeof storeSection>;
