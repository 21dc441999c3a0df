import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ground } from '../../lab/postgres/index.js';
import { breakGround } from '../../lab/postgres/index.js';
import type { LabTemporal } from '../../lab/temporal.js';
import { startTemporal } from '../../lab/temporal.js';
import { run } from './support.js';

const LAB_MS = 240_000;
let ground: Ground;
let temporal: LabTemporal;

beforeAll(async () => {
  ground = await breakGround('temporal');
  temporal = await startTemporal(ground);
}, LAB_MS);

afterAll(async () => {
  await ground.guardian.release(false);
}, LAB_MS);

test('kill -9 and restart: same address, same data', { timeout: LAB_MS }, async () => {
  const at = ['--address', temporal.address, '--namespace', temporal.namespace];
  const started = await run([
    temporal.cli,
    'workflow',
    'start',
    ...at,
    '--type',
    'nobody',
    '--task-queue',
    'none',
    '--workflow-id',
    'kept',
  ]);
  expect(started.code).toBe(0);
  const { pid } = temporal;
  await temporal.kill();
  await temporal.restart();
  expect(temporal.pid).not.toBe(pid);
  expect(await run([temporal.cli, 'workflow', 'describe', ...at, '--workflow-id', 'kept'])).toMatchObject({ code: 0 });
});
