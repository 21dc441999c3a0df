/** What changed in the cluster, in its own order, as the API server tells its administrator: an effect that is sent twice shows here. */
import { makeInformer, type V1Secret } from '@kubernetes/client-node';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FullStage } from '../../../../src/cli/demo/full-stage.js';
import { settingsOf } from './world.js';

/** What was changed since the record began. */
export interface Changes {
  /** Every value of the Secret's key with the DSN, oldest first. */
  readonly settings: readonly string[];
  /** How often the specification of each Deployment was changed: by scaling, or by a new template. */
  specs(): Promise<{ readonly application: number; readonly trading: number }>;
  end(): Promise<void>;
}

const RETRY_MS = 200;

async function generations({ lab }: FullStage): Promise<{ readonly application: number; readonly trading: number }> {
  const { namespace, deployment, tradingDeployment } = lab.application;
  const { apps } = lab.kubernetes.api;
  const generation = async (name: string): Promise<number> =>
    (await apps.readNamespacedDeployment({ namespace, name })).metadata?.generation ?? 0;
  return { application: await generation(deployment), trading: await generation(tradingDeployment) };
}

/** Begins to record. The API server may be frozen or killed meanwhile: what it did is told when it is back. */
export async function recordChanges(stage: FullStage): Promise<Changes> {
  const { core, config } = stage.lab.kubernetes.api;
  const { namespace, secret, secretKey } = stage.lab.application;
  const before = await generations(stage);
  const settings: string[] = [await settingsOf(stage)];
  let ended = false;
  const informer = makeInformer<V1Secret>(config, `/api/v1/namespaces/${namespace}/secrets`, () =>
    core.listNamespacedSecret({ namespace }),
  );
  informer.on('change', ({ metadata, data = {} }) => {
    if (metadata?.name !== secret) return;
    const value = Buffer.from(data[secretKey] ?? '', 'base64').toString('utf8');
    if (value !== settings.at(-1)) settings.push(value);
  });
  informer.on('error', () => {
    void sleep(RETRY_MS).then(() => (ended ? undefined : informer.start().catch(() => undefined)));
  });
  await informer.start();
  return {
    settings,
    specs: async () => {
      const now = await generations(stage);
      return { application: now.application - before.application, trading: now.trading - before.trading };
    },
    end: async () => {
      ended = true;
      await informer.stop();
    },
  };
}
