/** Runs that were recorded must replay with the workflows of today: who changes the order of a run finds out here, not at night. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DeterminismViolationError } from '@temporalio/workflow';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { VERSION } from '../../src/domain/version.js';
import { buildBundle } from '../../src/temporal/bundle.js';
import { dataConverter } from '../../src/temporal/data-converter.js';
import { readHistory, recordedHistories, secretsIn, textOf } from './histories.js';
import { SCENARIOS } from './scenarios.js';

const RECORDED = recordedHistories();
const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));
const PACKAGES = fileURLToPath(new URL('../../node_modules', import.meta.url));
const quiet = new DefaultLogger('ERROR', () => undefined);

let folder: string;
beforeAll(() => {
  Runtime.install({ logger: quiet, shutdownSignals: [] });
  folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-replay-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The workflows of today with one change that breaks open runs. */
async function brokenBundle(name: string, change: (runbook: string) => string): Promise<{ readonly code: string }> {
  const copy = path.join(folder, name);
  cpSync(SOURCE, path.join(copy, 'src'), { recursive: true });
  symlinkSync(PACKAGES, path.join(copy, 'node_modules'));
  const file = path.join(copy, 'src', 'workflows', 'runbook.ts');
  const before = readFileSync(file, 'utf8');
  const after = change(before);
  if (after === before) throw new Error('the change does not apply to the runbook of today');
  writeFileSync(file, after);
  const { payloadConverterPath } = dataConverter();
  return bundleWorkflowCode({
    workflowsPath: path.join(copy, 'src', 'workflows', 'index.ts'),
    ...(payloadConverterPath === undefined ? {} : { payloadConverterPath }),
    logger: quiet,
  });
}

/** Replays every history at once, so that one failure does not hide another. Returns what went wrong, by file. */
async function replayAll(
  workflowBundle: { readonly code: string },
  files = RECORDED.map((r) => r.file),
): Promise<Readonly<Record<string, unknown>>> {
  const failures: Record<string, unknown> = {};
  const histories = files.map((file) => ({ workflowId: file, history: readHistory(file) }));
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle, dataConverter: dataConverter() }, histories)) {
    if (error !== undefined) failures[workflowId] = error;
  }
  return failures;
}

test('every recorded history replays with the workflows of today', async () => {
  expect(RECORDED.length).toBeGreaterThanOrEqual(Object.keys(SCENARIOS).length);
  expect(await replayAll(await buildBundle())).toEqual({});
});

test('every scenario has a history of this version, and every history a scenario', () => {
  expect(
    RECORDED.filter((r) => r.version === VERSION)
      .map((r) => r.scenario)
      .sort(),
  ).toEqual(Object.keys(SCENARIOS).sort());
  for (const { scenario, file } of RECORDED) expect(Object.keys(SCENARIOS), file).toContain(scenario);
});

test.each(RECORDED)('$file: the version that recorded it is in its events, and nothing that looks like a secret', ({ file, version }) => {
  const text = textOf(file);
  expect(text).toContain(`@${version}`);
  expect(secretsIn(text)).toEqual([]);
});

describe('a change that would break open runs is noticed', () => {
  const happy = `${VERSION}-happy-clear.json`;

  test('an order that was changed', async () => {
    const pauseAfterDatabase = (text: string): string => {
      const pause = '  await ensurePaused(run, sentry, keeper, pauseReason(finding));\n';
      const database = '  await takeTheDatabase(run, sentry, finding);\n';
      return text.replace(pause, '').replace(database, `${database}${pause}`);
    };
    const failures = await replayAll(await brokenBundle('reordered', pauseAfterDatabase), [happy]);
    expect(failures[happy]).toBeInstanceOf(DeterminismViolationError);
  });

  test('one activity more', async () => {
    const failures = await replayAll(
      await brokenBundle('one-more', (text) =>
        text.replace('  await proveTarget(run, sentry);\n', '  await proveTarget(run, sentry);\n  await proveTarget(run, sentry);\n'),
      ),
      [happy],
    );
    expect(failures[happy]).toBeInstanceOf(DeterminismViolationError);
  });
});
