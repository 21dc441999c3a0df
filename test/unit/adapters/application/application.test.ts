import { describe, expect, test } from 'vitest';
import { createApplication } from '../../../../src/adapters/application/application.js';
import { createCallBudget } from '../../../../src/adapters/application/call-budget.js';
import { GEOSYNC_PROFILE } from '../../../../src/adapters/application/geosync-profile.js';
import { CANARY, errorOf, expectNoSecret, realScope } from '../../../conformance/harness.js';
import { startHttpDouble } from '../../../conformance/http-double.js';
import type { DoubleAnswer } from '../../../conformance/http-double.js';

async function adminAnswer(answer: DoubleAnswer): Promise<unknown> {
  const double = await startHttpDouble(() => answer);
  process.env['HF_TEST_TOKEN'] = CANARY;
  try {
    const application = createApplication({
      profile: GEOSYNC_PROFILE,
      instances: [{ name: 'app-1', baseUrl: double.url }],
      admin: { tokenRef: 'env:HF_TEST_TOKEN', path: '/elsewhere' },
      timeoutMs: 2_000,
    });
    const asked = await application.admin({ name: 'app-1' }, realScope());
    expect(double.requests.map(({ method, path }) => [method, path])).toEqual([['GET', '/elsewhere']]);
    expectNoSecret(asked);
    return asked;
  } finally {
    delete process.env['HF_TEST_TOKEN'];
    await double.close();
  }
}

describe('admin API', () => {
  test.each([
    [
      200,
      '{"status":"engaged","kill_switch_engaged":true,"reason":"halt","already_engaged":true}',
      { answer: { engaged: true, reason: 'halt' } },
    ],
    [200, '{"status":"engaged","kill_switch_engaged":false,"reason":""}', { failure: { kind: 'invalid' } }],
    [200, '{"status":"disengaged"}', { failure: { kind: 'invalid' } }],
    [200, '<html>', { failure: { kind: 'invalid' } }],
    [401, '', { failure: { kind: 'auth', code: '401' } }],
    [403, '', { failure: { kind: 'auth', code: '403' } }],
    [404, '', { failure: { kind: 'missing' } }],
    [429, '', { failure: { kind: 'too-many', code: '429' } }],
    [500, `{"error":"${CANARY}"}`, { failure: { kind: 'other', code: '500' } }],
    [302, '', { failure: { kind: 'other', code: '302' } }],
  ])('status %i, body %s', async (status, body, asked) => {
    expect(await adminAnswer({ status, body })).toMatchObject(asked);
  });

  test('an instance that its platform lists before it has an address cannot be asked yet; one that nobody looks for is a mistake', async () => {
    const options = { profile: GEOSYNC_PROFILE, instances: [], admin: { tokenRef: 'env:HF_NOT_THERE' }, timeoutMs: 2_000 } as const;
    const onPlatform = createApplication({ ...options, found: { scheme: 'http', port: 1 } });
    const notYet = { failure: { kind: 'unreachable', text: 'its platform has given it no address yet' } };
    expect(await onPlatform.health({ name: 'pod-1' }, realScope())).toEqual(notYet);
    expect(await onPlatform.admin({ name: 'pod-1' }, realScope())).toEqual(notYet);
    const named = createApplication(options);
    expect(await errorOf(named.health({ name: 'app-9' }, realScope()))).toMatchObject({
      code: 'HF_CONFIG_INVALID',
      evidence: { target: 'app-9' },
    });
  });

  test('without access it says so; a seed that is none is named by its reference', async () => {
    const options = { profile: GEOSYNC_PROFILE, instances: [{ name: 'app-1', baseUrl: 'http://127.0.0.1:1' }], timeoutMs: 2_000 };
    expect(await createApplication(options).admin({ name: 'app-1' }, realScope())).toMatchObject({ failure: { kind: 'missing' } });
    process.env['HF_TEST_SEED'] = `${CANARY}!0189`;
    const application = createApplication({ ...options, admin: { tokenRef: 'env:HF_TEST_SEED', otpSeedRef: 'env:HF_TEST_SEED' } });
    const error = await errorOf(application.admin({ name: 'app-1' }, realScope()));
    delete process.env['HF_TEST_SEED'];
    expect(error.message).toContain('env:HF_TEST_SEED');
  });

  test('calls that never reached the instance cost none of its minute', async () => {
    const double = await startHttpDouble(() => ({ status: 200 }));
    await double.close();
    process.env['HF_TEST_TOKEN'] = CANARY;
    const application = createApplication({
      profile: GEOSYNC_PROFILE,
      instances: [{ name: 'app-1', baseUrl: double.url }],
      admin: { tokenRef: 'env:HF_TEST_TOKEN' },
      timeoutMs: 2_000,
    });
    for (let call = 1; call <= 6; call += 1)
      expect(await application.admin({ name: 'app-1' }, realScope())).toMatchObject({ failure: { kind: 'refused' } });
    delete process.env['HF_TEST_TOKEN'];
  });
});

describe('call budget', () => {
  test('the window slides', () => {
    const budget = createCallBudget(2, 60_000);
    expect(budget.take('a', 0)).toEqual({ taken: true });
    expect(budget.take('a', 50_000)).toEqual({ taken: true });
    expect(budget.take('a', 59_999)).toEqual({ taken: false, waitMs: 1 });
    expect(budget.take('b', 59_999)).toEqual({ taken: true });
    expect(budget.take('a', 60_000)).toEqual({ taken: true });
    expect(budget.take('a', 60_001)).toEqual({ taken: false, waitMs: 49_999 });
  });

  test('a call that was given back is free again, once', () => {
    const budget = createCallBudget(1, 60_000);
    budget.take('a', 5);
    budget.giveBack('a', 5);
    budget.giveBack('a', 5);
    expect([budget.take('a', 6).taken, budget.take('a', 7).taken]).toEqual([true, false]);
  });
});
