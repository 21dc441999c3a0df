import type { AdminReading, HealthReport } from '../../../src/domain/facts.js';
import type { Failure } from '../../../src/domain/failure.js';
import { HoldfastError } from '../../../src/domain/errors.js';
import type { ApplicationPort, Asked } from '../../../src/ports/application.js';
import type { ReadScope } from '../../../src/ports/scope.js';
import { healthOf, instanceBehind } from '../world/instances.js';
import type { Answer } from '../world/instances.js';
import type { World, WorldInstance } from '../world/types.js';
import { perform } from './perform.js';
import type { Reach } from './perform.js';

const ADMIN_CALLS_A_MINUTE = 4;
const noAnswer = (instance: string): Failure => ({ kind: 'timeout', code: 'ETIMEDOUT', text: `${instance} did not answer in 2 s` });
const refusal = (instance: string): Failure => ({ kind: 'refused', code: 'ECONNREFUSED', text: `${instance} refused the connection` });

/** Main API's health in the product's vocabulary, by the clauses of the application contract. */
function report(answer: Answer): HealthReport {
  switch (answer.kind) {
    case 'ready':
      return { shape: 'geosync', httpStatus: 200, storeOperational: true, ready: true, engaged: false, detail: 'risk_manager operational' };
    case 'engaged':
      return {
        shape: 'geosync',
        httpStatus: 503,
        storeOperational: true,
        ready: false,
        engaged: true,
        reason: answer.reason,
        detail: `risk_manager failed: ${answer.reason}`,
      };
    case 'error-body':
    case 'refused':
    case 'hangs':
      return {
        shape: 'error-body',
        httpStatus: 500,
        storeOperational: false,
        ready: false,
        detail: 'ERR_INTERNAL: Unexpected server error.',
      };
  }
}

function reachOf(answer: Answer): Reach {
  return answer.kind === 'refused' ? 'refuse' : answer.kind === 'hangs' ? 'hang' : 'ok';
}

/** The instances of a world, asked over HTTP. */
export function createFakeApplication(world: World): ApplicationPort {
  const ask = async <T>(call: string, name: string, scope: ReadScope, act: () => T): Promise<Asked<T>> => {
    let failure = noAnswer(name);
    try {
      const answer = await perform(world, scope, {
        call: `application.${call}`,
        effect: false,
        reach: () => reachOf(healthOf(world, name)),
        refused: () => {
          failure = refusal(name);
          return new HoldfastError('HF_NODE_UNREACHABLE', failure.text, { instance: name });
        },
        silent: () => new HoldfastError('HF_NODE_UNREACHABLE', failure.text, { instance: name }),
        act,
      });
      return { answer };
    } catch (error) {
      if (scope.signal.aborted) throw error;
      return { failure };
    }
  };

  const known = (name: string): WorldInstance => {
    const instance = instanceBehind(world, name);
    if (instance === undefined)
      throw new HoldfastError('HF_CONFIG_INVALID', `${name} is not configured.`, {
        rule: 'the instance must be configured',
        instance: name,
      });
    return instance;
  };

  return {
    health: async ({ name }, scope) => {
      const instance = known(name);
      return ask('health', instance.name, scope, () => report(healthOf(world, instance.name)));
    },
    admin: async ({ name }, scope) => {
      const instance = known(name);
      if (scope.signal.aborted) throw new HoldfastError('HF_CANCELLED', '');
      instance.adminCallsAtMs = instance.adminCallsAtMs.filter((atMs) => atMs > world.clock.now() - 60_000);
      if (instance.adminCallsAtMs.length >= ADMIN_CALLS_A_MINUTE) {
        return { failure: { kind: 'too-many', text: `${name}: ${ADMIN_CALLS_A_MINUTE} admin calls were made within a minute` } };
      }
      instance.adminCallsAtMs.push(world.clock.now());
      const asked = await ask('admin', instance.name, scope, (): AdminReading | undefined => {
        instance.adminCalls += 1;
        const answer = healthOf(world, instance.name);
        if (answer.kind === 'engaged') return { engaged: true, reason: answer.reason };
        return answer.kind === 'ready' ? { engaged: false, reason: '' } : undefined;
      });
      if (asked.failure !== undefined) return asked;
      if (instance.adminRefused) return { failure: { kind: 'auth', code: '401', text: `${name}: HTTP 401` } };
      if (asked.answer === undefined) return { failure: { kind: 'other', code: '500', text: `${name}: HTTP 500` } };
      return { answer: asked.answer };
    },
  };
}
