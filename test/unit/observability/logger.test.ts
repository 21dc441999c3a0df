import { expect, test } from 'vitest';
import { createLogger, temporalLogger } from '../../../src/observability/logger.js';

function capture() {
  const lines: string[] = [];
  return { lines, logger: createLogger('test', { level: 'trace', stream: { write: (line) => void lines.push(line) } }) };
}

test('promise S6: credentials are cut out of fields, messages and errors', () => {
  const { lines, logger } = capture();
  logger.info({ authorization: 'Bearer canary1234', request: { password: 'canary5678' } }, 'posted to https://u:canary9@host/');
  logger.error({ err: new Error('postgresql://geosync:canary@db-a refused') }, 'failed');
  expect(lines.join()).not.toContain('canary');
  expect(lines.join()).toContain('[redacted]');
});

test('Temporal’s runtime logs through the same logger, at its levels', () => {
  const { lines, logger } = capture();
  const log = temporalLogger(logger);
  log.warn('slow', { workflowId: 'failover:x' });
  log.log('ERROR', 'token=canary');
  expect(lines.map((line) => JSON.parse(line) as Record<string, unknown>)).toMatchObject([
    { level: 40, msg: 'slow', workflowId: 'failover:x' },
    { level: 50, msg: 'token=[redacted]' },
  ]);
});
