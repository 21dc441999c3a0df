import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createActivities } from '../../../src/activities/index.js';
import type { RunFacts } from '../../../src/domain/run-facts.js';
import type { MetricsPort } from '../../../src/ports/metrics.js';
import { activityScope } from '../../support/activity-scope.js';
import { buildPlan, buildRunFacts } from '../../support/build-run.js';
import { createFakePorts } from '../../support/fakes/index.js';
import { createWorld, WORLD_START_MS } from '../../support/world/create.js';

function bench(over: Partial<MetricsPort> = {}) {
  const world = createWorld();
  const ports = createFakePorts(world);
  const metrics = { ...ports.metrics, ...over };
  const activities = createActivities({
    portsFor: () => ({ ...ports, metrics }),
    planFor: () => Promise.reject(new Error('unused')),
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
  });
  const facts: RunFacts = buildRunFacts({
    startedAtMs: WORLD_START_MS,
    control: { lostAtMs: WORLD_START_MS, backAtMs: WORLD_START_MS + 500 },
    row: { engaged: false, reason: '', updatedAtMs: WORLD_START_MS },
  });
  const scope = activityScope(() => world.clock.now());
  const know = (value: number): void => {
    for (const { query } of metrics.questions) world.metrics.series.set(query, [{ labels: {}, value: () => value }]);
  };
  return { world, know, review: () => world.clock.drive(activities.reviewMetrics({ plan: buildPlan(), facts, key: 'k' }, scope)) };
}

test('everything that is asked is in the document, which is stored once however often it is reviewed', async () => {
  const { world, know, review } = bench();
  know(0);
  world.metrics.warnings = ['a part was away'];
  const first = await review();
  expect(await review()).toEqual(first);
  expect([...world.archive.keys()]).toEqual([expect.stringMatching(/^payments\/payments-20261123-030000\/metrics-1-[0-9a-f]{12}\.json$/)]);
  const [document] = [...world.archive.values()].map(({ content }) => JSON.parse(content) as { kind: string; review: typeof first.review });
  expect(document).toMatchObject({ schema: 1, kind: 'metrics-review', review: first.review });
  expect(first.review.lines.map((line) => line.name)).toHaveLength(10);
  expect(first.review.warnings).toEqual(['a part was away']);
});

test('a server that does not answer is a review without lines, and nothing is stored: a later try may still see', async () => {
  const { world, review } = bench();
  world.metrics.reach = 'hang';
  expect(await review()).toMatchObject({
    where: '',
    review: { verdict: 'incomplete', lines: [], problem: expect.stringContaining('timeout') as string },
  });
  expect(world.archive.size).toBe(0);
});

test('what is off is not asked', async () => {
  const asked: string[] = [];
  const question = { name: 'q', query: 'x', means: '', unit: 'count', better: 'lower', look: 'median', limit: 1, advice: '' } as const;
  const { review } = bench({
    questions: [
      { question: { ...question, off: 'a pooler' }, query: 'x' },
      { question: { ...question, name: 'r' }, query: 'y' },
    ],
    range: async ({ name }) => {
      asked.push(name);
      return { value: [], warnings: [] };
    },
  });
  expect((await review()).review.lines.map((line) => line.result)).toEqual(['off', 'missing']);
  expect(asked).toEqual(['r', 'r', 'r']);
});
