import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Secret, TOTP } from 'otpauth';
import { createApplication } from '../../src/adapters/application/application.js';
import { GEOSYNC_PROFILE } from '../../src/adapters/application/geosync-profile.js';
import { describeApplicationConformance } from './application.suite.js';
import type { ApplicationWorld, InstanceMood } from './application.suite.js';
import { EXEC_TIMEOUT_MS } from './exec-script.js';
import { CANARY, realScope, realTime } from './harness.js';
import { startHttpDouble } from './http-double.js';
import type { DoubleAnswer, DoubleRequest, HttpDouble } from './http-double.js';
import { tempFolder } from './temp-folder.js';

const HOST = 'geosync.example.test';
const SEED = 'JBSWY3DPEHPK3PXP';

interface StandIn {
  readonly double: HttpDouble;
  mood: InstanceMood;
  adminRefused: boolean;
}

/** A protocol double of one instance, with the bodies of the application contract. */
async function startInstance(): Promise<StandIn> {
  const state = { mood: 'ready' as InstanceMood, adminRefused: false };
  const double = await startHttpDouble((request) => answer(request, state));
  return {
    double,
    get mood() {
      return state.mood;
    },
    set mood(mood) {
      state.mood = mood;
    },
    get adminRefused() {
      return state.adminRefused;
    },
    set adminRefused(refused) {
      state.adminRefused = refused;
    },
  };
}

const component = (engaged: boolean): object =>
  engaged
    ? { healthy: false, status: 'failed', detail: 'limit breached', metrics: { kill_switch_engaged: true, reason: 'limit breached' } }
    : { healthy: true, status: 'operational', detail: null, metrics: { kill_switch_engaged: false } };

function answer(request: DoubleRequest, state: { readonly mood: InstanceMood; readonly adminRefused: boolean }): DoubleAnswer {
  if (state.mood === 'hang') return 'hang';
  if (request.headers.host !== HOST) return { status: 400, body: 'Invalid host header' };
  const engaged = state.mood === 'engaged';
  if (request.path === '/admin/kill-switch') {
    if (!isAdmitted(request) || state.adminRefused) return { status: 403, body: `{"detail":"${CANARY} refused"}` };
    return {
      status: 200,
      body: JSON.stringify({
        status: engaged ? 'engaged' : 'disengaged',
        kill_switch_engaged: engaged,
        reason: engaged ? 'limit breached' : '',
        already_engaged: engaged,
      }),
    };
  }
  if (state.mood === 'store-lost') {
    return { status: 500, body: '{"error":{"code":"ERR_INTERNAL","message":"Unexpected server error.","path":"/health","meta":null}}' };
  }
  const body = {
    status: engaged ? 'failed' : 'ready',
    timestamp: '2026-05-01T00:00:00Z',
    components: { risk_manager: component(engaged) },
  };
  return { status: engaged ? 503 : 200, body: JSON.stringify(body), headers: { 'cache-control': 'private, max-age=30' } };
}

/** Checks all three credentials as the application does; the code's drift of one step is allowed. */
function isAdmitted(request: DoubleRequest): boolean {
  const totp = new TOTP({ secret: Secret.fromBase32(SEED), algorithm: 'SHA1', digits: 6, period: 30 });
  const otp = String(request.headers['x-admin-otp']);
  const steps = [0, 60_001, 120_002].map((ahead) => totp.validate({ token: otp, window: 1, timestamp: Date.now() + ahead }));
  return (
    request.method === 'GET' &&
    request.headers.authorization === `Bearer ${CANARY}-jwt` &&
    request.headers['x-client-cert'] === `${CANARY}-cert` &&
    steps.some((step) => step !== null)
  );
}

async function open(): Promise<ApplicationWorld> {
  const folder = await tempFolder();
  const secret = async (name: string, value: string): Promise<string> => {
    await writeFile(path.join(folder.dir, name), `${value}\n`);
    return `file:${path.join(folder.dir, name)}`;
  };
  const names = ['app-1', 'app-2'] as const;
  const standIns = { 'app-1': await startInstance(), 'app-2': await startInstance() };
  const named = (name: string): StandIn => standIns[name === 'app-1' ? 'app-1' : 'app-2'];
  let aheadMs = 0;
  return {
    ...realTime(async () => {
      await Promise.all(names.map((name) => named(name).double.close()));
      await folder.remove();
    }),
    scope: (overrides) => realScope({ now: () => Date.now() + aheadMs, ...overrides }),
    port: createApplication({
      profile: GEOSYNC_PROFILE,
      instances: names.map((name) => ({ name, baseUrl: named(name).double.url })),
      hostHeader: HOST,
      admin: {
        tokenRef: await secret('jwt', `${CANARY}-jwt`),
        clientCertRef: await secret('cert', `${CANARY}-cert`),
        otpSeedRef: await secret('seed', SEED),
      },
      timeoutMs: EXEC_TIMEOUT_MS,
    }),
    instances: names,
    async become(name, mood) {
      const standIn = named(name);
      standIn.mood = mood;
      if (mood === 'gone') await standIn.double.close();
    },
    async refuseAdmin(name) {
      named(name).adminRefused = true;
    },
    adminCalls: async (name) => named(name).double.requests.filter((request) => request.path === '/admin/kill-switch').length,
    advance(ms) {
      aheadMs += ms;
    },
  };
}

describeApplicationConformance('geosync, over a protocol double', { open });
