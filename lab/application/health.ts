import type { Answer } from './answer.js';
import { internalError } from './answer.js';
import type { ApplicationBehaviour } from './behaviour.js';
import type { KillSwitchStore, SwitchState } from './store.js';

/** What health looks at. */
export interface HealthContext {
  readonly behaviour: ApplicationBehaviour;
  readonly store: KillSwitchStore;
  readonly adminLimitReached: boolean;
}

const CACHED = { 'cache-control': 'private, max-age=30' } as const;

/** Paths at which each shape answers. */
export const HEALTH_PATHS: Readonly<Record<ApplicationBehaviour['health'], readonly string[]>> = {
  geosync: ['/health'],
  bootstrap: ['/healthz'],
  'health-server': ['/healthz', '/readyz'],
  runbook: ['/healthz', '/health'],
};

const operational = { healthy: true, status: 'operational', detail: null, metrics: {} } as const;

function switchComponent(state: SwitchState): object {
  return state.engaged
    ? { healthy: false, status: 'failed', detail: state.reason, metrics: { kill_switch_engaged: true, reason: state.reason } }
    : { healthy: true, status: 'operational', detail: null, metrics: { kill_switch_engaged: false } };
}

async function geosync({ behaviour, store, adminLimitReached }: HealthContext, path: string): Promise<Answer> {
  let state: SwitchState;
  try {
    state = await store.read();
  } catch {
    return internalError(path);
  }
  const degraded = adminLimitReached && behaviour.adminLimitDegradesHealth;
  const limiter = degraded
    ? { healthy: false, status: 'degraded', detail: 'rate limit reached', metrics: { utilization: 1 } }
    : operational;
  const status = state.engaged ? 'failed' : degraded ? 'degraded' : 'ready';
  const body = {
    status,
    timestamp: new Date().toISOString(),
    components: {
      risk_manager: switchComponent(state),
      inference_cache: operational,
      client_rate_limiter: operational,
      admin_rate_limiter: limiter,
    },
  };
  return status === 'ready' ? { status: 200, headers: CACHED, body } : { status: 503, body };
}

/** The driver's words, made those of the runbook. */
function causeInWords(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  return code === 'ECONNREFUSED' ? 'connection refused' : message;
}

async function runbook({ store }: HealthContext): Promise<Answer> {
  try {
    const state = await store.read();
    const body = { status: state.engaged ? 'failed' : 'ready', components: { kill_switch: switchComponent(state) } };
    return { status: state.engaged ? 503 : 200, body };
  } catch (error) {
    return {
      status: 503,
      body: { status: 'failed', components: { kill_switch: { healthy: false, status: 'failed', detail: causeInWords(error) } } },
    };
  }
}

async function bootstrap({ store }: HealthContext): Promise<Answer> {
  try {
    await store.read();
    return { status: 200, headers: CACHED, body: { status: 'ok' } };
  } catch (error) {
    return {
      status: 200,
      headers: CACHED,
      body: { status: 'degraded', reason: 'kill switch store unavailable', detail: causeInWords(error) },
    };
  }
}

async function healthServer({ behaviour, store }: HealthContext): Promise<Answer> {
  const good: Answer = {
    status: 200,
    body: {
      status: 'ok',
      live: true,
      ready: true,
      components: { 'dependency:postgres': { healthy: true }, risk_manager: { healthy: true } },
    },
  };
  if (!behaviour.healthServerNotices) return good;
  try {
    await store.read();
    return good;
  } catch (error) {
    return {
      status: 503,
      body: {
        status: 'failed',
        live: true,
        ready: false,
        components: { 'dependency:postgres': { healthy: false, message: causeInWords(error) }, risk_manager: { healthy: true } },
      },
    };
  }
}

/** The health answer in the configured shape. */
export function health(context: HealthContext, path: string): Promise<Answer> {
  switch (context.behaviour.health) {
    case 'geosync':
      return geosync(context, path);
    case 'bootstrap':
      return bootstrap(context);
    case 'health-server':
      return healthServer(context);
    case 'runbook':
      return runbook(context);
  }
}
