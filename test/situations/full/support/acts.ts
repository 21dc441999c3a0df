/** What people and machines of the lab do in situations on Kubernetes. */
import { expect } from 'vitest';
import type { PatroniNodeName } from '../../../../lab/full.js';
import { openSession } from '../../../../lab/application/session.js';
import { USUAL, type Script } from '../../support/people.js';
import type { FullStage } from '../../../../src/cli/demo/full-stage.js';

/** The usual night on a slow machine: pods that take longer than the verification waits are given the same time once more. */
export const PATIENT: Script = { ...USUAL, rollout: [['ana', 'wait']] };

/** A person moved the database by Patroni's switchover; the application was left behind. The alert that follows starts the run. */
export async function leaveBehind(stage: FullStage, to: PatroniNodeName): Promise<void> {
  const { cluster } = stage.lab;
  expect((await cluster.switchover(to)).status).toBe(200);
  await cluster.waitForLeader({ is: to });
  expect((await stage.postAlert()).status).toBe(200);
}

/** Opens a session on a node that looks as one of the pod with this address. Returns the function that ends it. */
export async function openSessionAs(stage: FullStage, address: string, node: PatroniNodeName): Promise<() => Promise<void>> {
  const { dsn, caFile, client } = stage.lab.database(node);
  const { username, password, hostname, port, pathname } = new URL(dsn.replace(/^[^:]+:/, 'http:'));
  const session = await openSession(
    {
      targets: [{ host: hostname, port: Number(port) }],
      user: username,
      password: decodeURIComponent(password),
      database: pathname.slice(1),
      sslmode: 'verify-full',
      readWriteOnly: false,
      caFile,
      certFile: client.cert,
      keyFile: client.key,
    },
    { localAddress: address, connectTimeoutMs: 3000, queryTimeoutMs: 3000 },
  );
  return () => session.client.end();
}
