/** Instances that are not configured by name but found on their platform. */
import { expect, test } from 'vitest';
import { createApplication } from '../../../../src/adapters/application/application.js';
import { GEOSYNC_PROFILE } from '../../../../src/adapters/application/geosync-profile.js';
import { realScope } from '../../../conformance/harness.js';

test('an instance that its platform has just made and given no address yet gives no answer: it ends no observation', async () => {
  const application = createApplication({
    profile: GEOSYNC_PROFILE,
    instances: [],
    found: { scheme: 'http', port: 8080 },
    timeoutMs: 500,
  });
  const { failure } = await application.health({ name: 'geosync-api-1' }, realScope());
  expect(failure).toEqual({ kind: 'unreachable', text: 'geosync-api-1 has no address by its platform' });
});

test('an instance that is neither configured nor can be found is a mistake of the configuration', async () => {
  const application = createApplication({ profile: GEOSYNC_PROFILE, instances: [], timeoutMs: 500 });
  await expect(application.health({ name: 'app-9' }, realScope())).rejects.toMatchObject({ code: 'HF_CONFIG_INVALID' });
});
