import { HoldfastError } from '../../../src/domain/errors.js';
import type { ArchivePort } from '../../../src/ports/archive.js';
import type { World } from '../world/types.js';
import { perform } from './perform.js';

const NAME = /^(?!.*\.\.)[a-z0-9._-]+(\/[a-z0-9._-]+)*$/;

/** A create-only archive in memory. */
export function createFakeArchive(world: World): ArchivePort {
  const failed = (why: string): HoldfastError =>
    new HoldfastError('HF_ARCHIVE_FAILED', why, { rule: 'durable before it answers', archive: 'world' });
  const checked = (name: string): string => {
    if (!NAME.test(name))
      throw new HoldfastError('HF_ARCHIVE_FAILED', `${JSON.stringify(name)} is not a name.`, {
        rule: 'names are [a-z0-9._-] in folders',
        name,
      });
    return name;
  };
  const exists = (name: string): HoldfastError => new HoldfastError('HF_ARCHIVE_EXISTS', `${name}.`, { rule: 'create-only', name });
  return {
    kind: 'world',
    put: (name, content, scope) =>
      perform(world, scope, {
        call: 'archive.put',
        effect: true,
        reach: () => 'ok',
        refused: () => failed('No space left.'),
        silent: () => failed('No answer in 2 s.'),
        act: () => {
          const before = world.archive.get(checked(name));
          if (before !== undefined && before.content !== content) throw exists(name);
          if (before === undefined) world.archive.set(name, { content, atMs: world.clock.now() });
          return `archive of this world, ${name}`;
        },
      }),
    append: (series, id, record, scope) =>
      perform(world, scope, {
        call: 'archive.append',
        effect: true,
        reach: () => 'ok',
        refused: () => failed('No space left.'),
        silent: () => failed('No answer in 2 s.'),
        act: () => {
          const records = world.series.get(checked(series)) ?? new Map<string, string>();
          world.series.set(series, records);
          const line = JSON.stringify(record);
          if ((records.get(id) ?? line) !== line) throw exists(`${series} ${id}`);
          records.set(id, line);
          return `archive of this world, series ${series}`;
        },
      }),
    get: (name, scope) =>
      perform(world, scope, {
        call: 'archive.get',
        effect: false,
        reach: () => 'ok',
        refused: () => failed('Permission denied.'),
        silent: () => failed('No answer in 2 s.'),
        act: () => world.archive.get(checked(name))?.content,
      }),
    series: (series, scope) =>
      perform(world, scope, {
        call: 'archive.series',
        effect: false,
        reach: () => 'ok',
        refused: () => failed('Permission denied.'),
        silent: () => failed('No answer in 2 s.'),
        act: () => {
          const records: unknown[] = [];
          const damaged: string[] = [];
          for (const [id, line] of world.series.get(checked(series)) ?? []) {
            try {
              records.push(JSON.parse(line));
            } catch {
              damaged.push(`${series} ${id}: no JSON`);
            }
          }
          return { records, damaged };
        },
      }),
  };
}
