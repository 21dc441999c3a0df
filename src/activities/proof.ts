/** Collects what verification and resume are judged on. Used by both, so that resume proves again exactly what was verified. */
import type { InstanceEvidence } from '../domain/instance-proof.js';
import { knownInstances } from '../domain/known-instances.js';
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
  const [observation, states, sessions] = await Promise.all([
    observeStore(ports, input.plan, false, scope),
    ports.workload.list(scope),
    Promise.all(input.plan.nodes.map(answering)),
  ]);
  const known = knownInstances(input.plan.instances, states);
  const admin = await Promise.all(known.map(async (ref) => (askAdmin(ref.name) ? ports.application.admin(ref, scope) : undefined)));
  const instances = known.map(({ name, clientAddress, state }, index): InstanceEvidence => {
    const facts = observation.instances.find((i) => i.instance === name);
    const asked = admin[index];
    const counts = sessions.map(({ node, sessions: list }) => ({
      node,
      count: list === undefined ? undefined : list.filter((s) => clientAddress === undefined || s.clientAddress === clientAddress).length,
    }));
    return {
      instance: name,
      matched: clientAddress !== undefined,
      needed: clientAddress === undefined ? known.length : 1,
      state: state?.state ?? 'unknown',
      ...(state?.incarnation === undefined ? {} : { incarnation: state.incarnation }),
      ...(state?.revision === undefined ? {} : { revision: state.revision }),
      ...(state === undefined ? {} : { detail: state.detail }),
      ...(facts?.health === undefined ? {} : { health: facts.health }),
      ...(facts?.failure === undefined ? {} : { failure: facts.failure }),
      ...(asked?.answer === undefined ? {} : { admin: asked.answer }),
      ...(asked?.failure === undefined ? {} : { adminFailure: asked.failure }),
      sessions: counts,
    };
  });
  return { observation, instances };
}
