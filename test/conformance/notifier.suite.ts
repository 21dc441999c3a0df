import { describe, expect, test } from 'vitest';
import type { Notice, NotifierPort } from '../../src/ports/notifier.js';
import { abortedSignal, errorOf, inWorld } from './harness.js';
import type { ConformanceWorld, Fate, Harness } from './harness.js';

/** A notice as a receiver got it. */
export interface ReceivedNotice {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly urgency: string;
  readonly to: readonly string[];
}

/** At least one route that reaches on-call and one that reaches risk. */
export interface NotifierWorld extends ConformanceWorld {
  readonly port: NotifierPort;
  /** What was taken by receivers, in order. */
  received(): Promise<readonly ReceivedNotice[]>;
  fate(fate: Fate): Promise<void>;
}

/** A notice for tests. */
export const NOTICE: Notice = {
  to: ['on-call'],
  urgency: 'page',
  title: 'Primary a does not answer',
  text: 'Holdfast asks for a decision: gate `promote`.',
  store: 'geosync',
  incident: 'incident-1',
  workflowId: 'failover:geosync',
  id: 'incident-1/1/notify/1',
};

/** What every implementation of the notifier port keeps. */
export function describeNotifierConformance(name: string, harness: Harness<NotifierWorld>): void {
  const inTest = (work: (world: NotifierWorld) => Promise<void>) => () => inWorld(harness, work);
  const send = (world: NotifierWorld, notice: Notice = NOTICE) => world.drive(world.port.send(notice, world.scope({ key: notice.id })));

  describe(`notifier port: ${name}`, () => {
    test(
      'a notice arrives with its id, its words and its urgency',
      inTest(async (world) => {
        await send(world);
        const { id, title, text, urgency, to } = NOTICE;
        expect(await world.received()).toEqual([{ id, title, text, urgency, to }]);
      }),
    );

    test(
      'it reaches every role it is for',
      inTest(async (world) => {
        await send(world, { ...NOTICE, to: ['on-call', 'risk'] });
        const reached = await world.received();
        expect(reached.length).toBeGreaterThan(0);
        expect(new Set(reached.flatMap((notice) => notice.to))).toEqual(new Set(['on-call', 'risk']));
      }),
    );

    test(
      'a refusal is an error',
      inTest(async (world) => {
        await world.fate('refuse');
        expect((await errorOf(send(world))).code).toBe('HF_NOTIFY_FAILED');
        expect(await world.received()).toEqual([]);
      }),
    );

    test(
      'silence is an error',
      inTest(async (world) => {
        await world.fate('timeout-before');
        expect((await errorOf(send(world))).code).toBe('HF_NOTIFY_FAILED');
      }),
    );

    test(
      'a notice whose answer was lost is sent again under the same id',
      inTest(async (world) => {
        await world.fate('timeout-after');
        expect((await errorOf(send(world))).code).toBe('HF_NOTIFY_FAILED');
        await world.fate('ok');
        await send(world);
        expect((await world.received()).map((notice) => notice.id)).toEqual([NOTICE.id, NOTICE.id]);
      }),
    );

    test(
      'a cancelled notice is not sent',
      inTest(async (world) => {
        const error = await errorOf(world.drive(world.port.send(NOTICE, world.scope({ signal: abortedSignal() }))));
        expect(error.code).toBe('HF_CANCELLED');
        expect(await world.received()).toEqual([]);
      }),
    );
  });
}
