import { describe, expect, test } from 'vitest';
import type { MetricsPort, NamedQuery } from '../../src/ports/metrics.js';
import { abortedSignal, errorOf, expectNoSecret, inWorld } from './harness.js';
import type { ConformanceWorld, Harness } from './harness.js';

/** A series as a world puts it into the other side. */
export interface PutSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A monitoring system that is up and knows nothing yet. */
export interface MetricsWorld extends ConformanceWorld {
  readonly port: MetricsPort;
  /** A query of this system’s language, not known to it yet. */
  readonly query: string;
  /** A query that it cannot understand. */
  readonly nonsense: string;
  readonly nowMs: () => number;
  /** From now on the query has these series, with one value at every moment asked for. */
  know(series: readonly PutSeries[]): Promise<void>;
  /** The answers carry a warning: a part of the system is away. */
  warn(text: string): Promise<void>;
  become(mood: 'silent' | 'refusing'): Promise<void>;
}

/** What every implementation of the metrics port keeps. */
export function describeMetricsConformance(name: string, harness: Harness<MetricsWorld>): void {
  const inTest = (work: (world: MetricsWorld) => Promise<void>) => () => inWorld(harness, work);
  const named = (query: string): NamedQuery => ({ name: 'read-latency', query });
  const rangeOf = (world: MetricsWorld) => ({ fromMs: world.nowMs() - 60_000, toMs: world.nowMs() - 30_000, stepMs: 10_000 });
  const instant = (world: MetricsWorld, query = world.query) => world.drive(world.port.instant(named(query), world.nowMs(), world.scope()));
  const range = (world: MetricsWorld, query = world.query) => world.drive(world.port.range(named(query), rangeOf(world), world.scope()));

  describe(`metrics port: ${name}`, () => {
    test(
      'it says that it is ready, and in which words',
      inTest(async (world) => {
        expect(await world.drive(world.port.ready(world.scope()))).toMatchObject({ value: expect.stringMatching(/ready/i) as string });
      }),
    );

    test(
      'a metric that does not exist is no series, which is no failure',
      inTest(async (world) => {
        expect(await instant(world)).toMatchObject({ value: [] });
        expect(await range(world)).toMatchObject({ value: [] });
      }),
    );

    test(
      'an instant has one sample for each series, with its labels',
      inTest(async (world) => {
        await world.know([
          { labels: { instance: 'app-1' }, value: 0.25 },
          { labels: { instance: 'app-2' }, value: 1e-7 },
        ]);
        const { value } = await instant(world);
        expect(value?.map(({ labels, samples }) => [labels['instance'], samples.map((sample) => sample.value)])).toEqual([
          ['app-1', [0.25]],
          ['app-2', [1e-7]],
        ]);
      }),
    );

    test(
      'a range has a sample at each step, both ends included, oldest first',
      inTest(async (world) => {
        await world.know([{ labels: {}, value: 3 }]);
        const { fromMs } = rangeOf(world);
        const samples = (await range(world)).value?.[0]?.samples ?? [];
        expect(samples.map((sample) => sample.value)).toEqual([3, 3, 3, 3]);
        const moments = samples.map((sample) => sample.atMs);
        expect(moments).toEqual([0, 1, 2, 3].map((n) => (moments[0] ?? 0) + n * 10_000));
        expect(Math.abs((moments[0] ?? 0) - fromMs)).toBeLessThan(5_000);
      }),
    );

    test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('the value %d arrives as it is', async (value) => {
      await inWorld(harness, async (world) => {
        await world.know([{ labels: {}, value }]);
        expect((await instant(world)).value?.[0]?.samples[0]?.value).toBe(value);
      });
    });

    test(
      'a query that is not understood is a failure that names the question',
      inTest(async (world) => {
        for (const answer of [await instant(world, world.nonsense), await range(world, world.nonsense)]) {
          expect(answer.failure).toMatchObject({ kind: 'invalid', text: expect.stringContaining('read-latency') as string });
          expectNoSecret(answer);
        }
      }),
    );

    test(
      'warnings of the other side stand beside the answer',
      inTest(async (world) => {
        await world.know([{ labels: {}, value: 1 }]);
        expect(await range(world)).toMatchObject({ warnings: [] });
        await world.warn('store b was away: partial data');
        expect(await range(world)).toMatchObject({ warnings: ['store b was away: partial data'], value: [{ labels: {} }] });
      }),
    );

    test(
      'silence is a failure of kind timeout, never an error',
      inTest(async (world) => {
        await world.become('silent');
        const answers = await Promise.all([
          instant(world),
          range(world),
          world.drive(world.port.ready(world.scope())),
          world.drive(world.port.rules(world.scope())),
          world.drive(world.port.targets(world.scope())),
        ]);
        expect(answers.map((answer) => answer.failure?.kind)).toEqual(answers.map(() => 'timeout'));
        expectNoSecret(answers);
      }),
    );

    test(
      'nobody there is a failure of kind refused',
      inTest(async (world) => {
        await world.become('refusing');
        for (const answer of [await instant(world), await range(world), await world.drive(world.port.ready(world.scope()))]) {
          expect(answer.failure?.kind).toBe('refused');
        }
      }),
    );

    test(
      'a cancelled call is not sent',
      inTest(async (world) => {
        const scope = world.scope({ signal: abortedSignal() });
        expect((await errorOf(world.drive(world.port.instant(named(world.query), world.nowMs(), scope)))).code).toBe('HF_CANCELLED');
        expect((await errorOf(world.drive(world.port.ready(scope)))).code).toBe('HF_CANCELLED');
      }),
    );
  });
}
