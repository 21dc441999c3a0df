/** Collects what verification and resume are judged on. Used by both, so that resume proves again exactly what was verified. */
import type { InstanceEvidence } from '../domain/instance-proof.js';
import type { Observation, Row } from '../domain/facts.js';
import type { PlannedNode } from '../domain/plan.js';
import type { StorePorts } from '../ports/index.js';
import { observeStore, type ObservedPlan } from './observing.js';
import type { ActivityScope } from './scope.js';

export interface ProofInput {
  readonly plan: ObservedPlan;
  readonly target: PlannedNode;
  /** The row that was validated on the target. */
  readonly expected: Row;
}

export interface Proof {
  readonly observation: Observation;
  readonly instances: readonly InstanceEvidence[];
}

/** One look at nodes, instances and their sessions. `askAdmin` names the instances whose admin API is read (at most four calls a minute each). */
export async function collectProof(
  ports: StorePorts,
  input: Pick<ProofInput, 'plan' | 'target'>,
  scope: ActivityScope,
  askAdmin: (instance: string) => boolean = () => true,
): Promise<Proof> {
  const answering = async (node: PlannedNode) => ({
    node: node.name,
    sessions: await ports.rowStore.sessions(node, scope).catch(() => undefined),
  });
  const [observation, states, sessions, admin] = await Promise.all([
    observeStore(ports, input.plan, false, scope),
    ports.workload.list(scope),
    Promise.all(input.plan.nodes.map(answering)),
    Promise.all(
      input.plan.instances.map(
        async ({ name }) => [name, askAdmin(name) ? await ports.application.admin(name, scope) : undefined] as const,
      ),
    ),
  ]);
  const adminOf = new Map(admin);
  const instances = input.plan.instances.map(({ name, clientAddress }): InstanceEvidence => {
    const facts = observation.instances.find((i) => i.instance === name);
    const state = states.find((s) => s.instance === name);
    const asked = adminOf.get(name);
    const counts = sessions.map(({ node, sessions: list }) => ({
      node,
      count: list === undefined ? undefined : list.filter((s) => clientAddress === undefined || s.clientAddress === clientAddress).length,
    }));
    return {
      instance: name,
      matched: clientAddress !== undefined,
      needed: clientAddress === undefined ? input.plan.instances.length : 1,
      state: state?.state ?? 'unknown',
      ...(state?.incarnation === undefined ? {} : { incarnation: state.incarnation }),
      ...(facts?.health === undefined ? {} : { health: facts.health }),
      ...(facts?.failure === undefined ? {} : { failure: facts.failure }),
      ...(asked?.answer === undefined ? {} : { admin: asked.answer }),
      ...(asked?.failure === undefined ? {} : { adminFailure: asked.failure }),
      sessions: counts,
    };
  });
  return { observation, instances };
}
