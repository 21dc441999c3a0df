import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/load.js';
import { redactText } from '../../../src/config/redact.js';
import { showConfig } from '../../../src/config/show.js';

const first = fileURLToPath(new URL('../../../examples/holdfast.yaml', import.meta.url));
const loaded = { ...parseConfig(await readFile(first, 'utf8'), first), file: first };

test('every value is shown with where it comes from, secrets as references only', () => {
  const shown = showConfig(loaded, { TEMPORAL_ADDRESS: '127.0.0.1:7233', HOLDFAST_ALERT_TOKEN: 'canary-token' });
  const find = (path: string) => shown.find((value) => value.path === path);
  expect(find('stores.kill-switch.environment')).toMatchObject({ value: 'production', origin: 'file' });
  expect(find('stores.kill-switch.times.stalenessWindow')).toMatchObject({ value: '5 min', origin: 'default' });
  expect(find('stores.kill-switch.cluster.nodes[0].port')).toMatchObject({ value: '5432', origin: 'default' });
  expect(find('temporal.address')).toMatchObject({ value: '127.0.0.1:7233 (TEMPORAL_ADDRESS)', origin: 'environment' });
  expect(find('gateway.sources.alertmanager.bearer')).toMatchObject({
    value: 'env:HOLDFAST_ALERT_TOKEN (set in this process)',
    origin: 'file',
  });
  expect(find('stores.kill-switch.tradingPause.http.token')?.value).toBe('env:HOLDFAST_TRADING_TOKEN (not set in this process)');
  expect(JSON.stringify(shown)).not.toContain('canary-token');
});

test.each([
  ['postgresql+psycopg://geosync:canary@db-a:5432/geosync', 'postgresql+psycopg://[redacted]@db-a:5432/geosync'],
  ['authorization: Bearer canary-token-123', 'authorization: Bearer [redacted]'],
  ['password=canary host=db-a', 'password=[redacted] host=db-a'],
  ['secret is whsec_canary1234', 'secret is [redacted]'],
  ['https://hooks.example.org/x?sig=canary&v=1', 'https://hooks.example.org/x?sig=[redacted]&v=1'],
])('credentials are cut out of %s', (text, expected) => {
  expect(redactText(text)).toBe(expected);
});
