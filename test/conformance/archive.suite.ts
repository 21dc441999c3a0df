import { describe, expect, test } from 'vitest';
import type { ArchivePort } from '../../src/ports/archive.js';
import { abortedSignal, errorOf, inWorld } from './harness.js';
import type { ConformanceWorld, Harness } from './harness.js';

/** An empty archive. */
export interface ArchiveWorld extends ConformanceWorld {
  readonly port: ArchivePort;
  /** Damages one stored record of the series; which one is up to the world. */
  damage(series: string): Promise<void>;
  /** From now on nothing can be stored. */
  fill(): Promise<void>;
}

/** What every implementation of the archive port keeps. */
export function describeArchiveConformance(name: string, harness: Harness<ArchiveWorld>): void {
  const inTest = (work: (world: ArchiveWorld) => Promise<void>) => () => inWorld(harness, work);
  const put = (world: ArchiveWorld, document: string, content: string) => world.drive(world.port.put(document, content, world.scope()));
  const get = (world: ArchiveWorld, document: string) => world.drive(world.port.get(document, world.scope()));
  const append = (world: ArchiveWorld, series: string, id: string, record: unknown) =>
    world.drive(world.port.append(series, id, record, world.scope()));
  const series = (world: ArchiveWorld, which: string) => world.drive(world.port.series(which, world.scope()));

  describe(`archive port: ${name}`, () => {
    test(
      'a document is kept as it is',
      inTest(async (world) => {
        const content = '{"card":"…\u2028 ünïcode"}\r\n\n';
        expect(await put(world, 'geosync/incident-1/card.json', content)).not.toBe('');
        expect(await get(world, 'geosync/incident-1/card.json')).toBe(content);
      }),
    );

    test(
      'what is not there is undefined, and a series without records is empty',
      inTest(async (world) => {
        expect(await get(world, 'nothing')).toBeUndefined();
        expect(await series(world, 'nothing')).toEqual({ records: [], damaged: [] });
      }),
    );

    test(
      'the same content again is found done; other content is refused and the first stays',
      inTest(async (world) => {
        await put(world, 'report.md', 'one');
        await put(world, 'report.md', 'one');
        const error = await errorOf(put(world, 'report.md', 'two'));
        expect(error.code).toBe('HF_ARCHIVE_EXISTS');
        expect(error.message).toContain('report.md');
        expect(await get(world, 'report.md')).toBe('one');
      }),
    );

    test(
      'two writers of one name: one wins whole',
      inTest(async (world) => {
        const results = await world.drive(
          Promise.allSettled([world.port.put('race', 'a', world.scope()), world.port.put('race', 'b', world.scope())]),
        );
        expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
        expect(['a', 'b']).toContain(await get(world, 'race'));
      }),
    );

    test(
      'a series keeps its order, and each id once',
      inTest(async (world) => {
        for (const n of [1, 2, 3]) await append(world, 'snapshots/geosync', `id-${n}`, { n, text: 'line\nbreak' });
        await append(world, 'snapshots/geosync', 'id-2', { n: 2, text: 'line\nbreak' });
        expect(await series(world, 'snapshots/geosync')).toEqual({
          records: [1, 2, 3].map((n) => ({ n, text: 'line\nbreak' })),
          damaged: [],
        });
      }),
    );

    test(
      'another record under an id that is there is refused, and the first one stays',
      inTest(async (world) => {
        await append(world, 's', 'id', { reading: 1 });
        const error = await errorOf(append(world, 's', 'id', { reading: 2 }));
        expect(error.code).toBe('HF_ARCHIVE_EXISTS');
        expect(error.message).toContain('id');
        expect((await series(world, 's')).records).toEqual([{ reading: 1 }]);
      }),
    );

    test(
      'records that are appended at the same time are all kept',
      inTest(async (world) => {
        const ids = Array.from({ length: 20 }, (_, index) => `id-${index}`);
        await world.drive(Promise.all(ids.map((id) => world.port.append('s', id, { id }, world.scope()))));
        expect(new Set((await series(world, 's')).records)).toEqual(new Set(ids.map((id) => ({ id }))));
      }),
    );

    test(
      'damage is named and hides no other record, and the series goes on',
      inTest(async (world) => {
        for (const n of [1, 2, 3]) await append(world, 's', `id-${n}`, { n });
        await world.damage('s');
        const found = await series(world, 's');
        expect(found.damaged).toHaveLength(1);
        expect(found.damaged[0]).toContain('s');
        expect(found.records).toHaveLength(2);
        await append(world, 's', 'id-4', { n: 4 });
        expect((await series(world, 's')).records.at(-1)).toEqual({ n: 4 });
      }),
    );

    test.each(['../out', 'a/../../out', '/absolute', 'a//b', 'UPPER', 'a b', '', 'a/', 'nul\u0000'])(
      'the name %j is refused',
      async (document) => {
        await inWorld(harness, async (world) => {
          expect((await errorOf(put(world, document, 'x'))).code).toBe('HF_ARCHIVE_FAILED');
          expect((await errorOf(append(world, document, 'id', {}))).code).toBe('HF_ARCHIVE_FAILED');
        });
      },
    );

    test(
      'an archive that cannot store says so',
      inTest(async (world) => {
        await world.fill();
        expect((await errorOf(put(world, 'report.md', 'one'))).code).toBe('HF_ARCHIVE_FAILED');
        expect((await errorOf(append(world, 's', 'id', {}))).code).toBe('HF_ARCHIVE_FAILED');
      }),
    );

    test(
      'a cancelled call does not store',
      inTest(async (world) => {
        const error = await errorOf(world.drive(world.port.put('report.md', 'one', world.scope({ signal: abortedSignal() }))));
        expect(error.code).toBe('HF_CANCELLED');
        expect(await get(world, 'report.md')).toBeUndefined();
      }),
    );
  });
}
