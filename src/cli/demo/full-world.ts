/** The end state of the demo on Patroni and Kubernetes: asked at the nodes, the API server (as its administrator) and the pods. */
import type { FullLab, PatroniNodeName } from '../../../lab/full.js';
import type { RunResult, TargetFacts } from '../../domain/run-facts.js';
import { instanceSeen, messagesSeen, ROW_SQL, rowSeen, together, tradingSeen, type World } from './world.js';
import { healthOf } from './world-health.js';

/** Name of the node that was killed, and what is left of it. */
function oldPrimary(lab: FullLab): World {
  const { n1 } = lab.cluster.nodes;
  const serves = n1.postmasterPid() !== undefined;
  const service = n1.disabled() ? 'service disabled' : 'service not disabled';
  return {
    lines: [['old node n1', `${serves ? 'SERVES' : 'nothing serves'}, ${service}`]],
    contradictions: serves ? ['the old primary n1 serves again'] : [],
  };
}

/** Where the Secret points: host and port, as `host:port`. */
async function pointedAt({ application, kubernetes }: FullLab): Promise<string> {
  const { namespace, secret, secretKey } = application;
  const { data = {} } = await kubernetes.api.core.readNamespacedSecret({ namespace, name: secret });
  return /@([^/]+)\//.exec(Buffer.from(data[secretKey] ?? '', 'base64').toString('utf8'))?.[1] ?? 'nowhere';
}

async function secretSeen(lab: FullLab, { node, host, port }: TargetFacts): Promise<World> {
  const points = await pointedAt(lab);
  return {
    lines: [['Secret', `points at ${points}${points === `${host}:${port}` ? ` (${node})` : ''}`]],
    contradictions: points === `${host}:${port}` ? [] : [`the Secret does not point at ${node}`],
  };
}

async function tradingOf({ application, kubernetes }: FullLab, result: RunResult): Promise<World> {
  const { namespace, tradingDeployment: name } = application;
  const { spec } = await kubernetes.api.apps.readNamespacedDeployment({ namespace, name });
  const replicas = spec?.replicas ?? 0;
  return tradingSeen(
    replicas === 0,
    replicas === 0 ? `stands still: Deployment ${name} has no replica` : `runs: Deployment ${name} wants ${replicas}`,
    result,
  );
}

/** Asks everybody, and compares with what the run says. */
export async function fullWorld(lab: FullLab, result: RunResult): Promise<World> {
  const { target } = result;
  const { hostHeader } = lab.application;
  const parts: World[] = [];
  if (target !== undefined) {
    const [row] = await lab.cluster.sql<{ engaged: boolean; reason: string; age: string }>(target.node as PatroniNodeName, ROW_SQL);
    parts.push(rowSeen(target.node, row, result), await secretSeen(lab, target));
  }
  const pods = (await lab.application.pods()).map(async ({ name, healthUrl }) =>
    instanceSeen(`pod ${name.split('-').at(-1) ?? name}`, await healthOf(healthUrl, hostHeader), result),
  );
  return together(...parts, oldPrimary(lab), ...(await Promise.all(pods)), await tradingOf(lab, result), messagesSeen(lab));
}
