import { access, rm } from 'node:fs/promises';
import path from 'node:path';
import { createExecFence } from '../../src/adapters/exec/fence.js';
import type { PlannedNode } from '../../src/domain/plan.js';
import { EXEC_TIMEOUT_MS, writeExecScript } from './exec-script.js';
import { describeFenceConformance } from './fence.suite.js';
import type { FenceWorld } from './fence.suite.js';
import { realTime } from './harness.js';
import { tempFolder } from './temp-folder.js';

const CONTROL = `case $verb in
fence) : >"$dir/$target.fenced" ;;
read) if [ -f "$dir/$target.fenced" ]; then echo "inactive disabled"; exit 0; else echo "active enabled"; exit 1; fi ;;
esac`;

const node = (name: string): PlannedNode => ({ name, host: '127.0.0.1', port: 5432, candidate: true, managed: false });

async function open(): Promise<FenceWorld> {
  const folder = await tempFolder();
  const control = await writeExecScript(folder.dir, CONTROL);
  const mark = (target: PlannedNode): string => path.join(folder.dir, `${target.name}.fenced`);
  const commands = (name: string) => ({ class: 'H' as const, fence: [control.file, name, 'fence'], read: [control.file, name, 'read'] });
  return {
    ...realTime(folder.remove),
    port: createExecFence({ nodes: { a: commands('a'), b: commands('b') }, timeoutMs: EXEC_TIMEOUT_MS }),
    node: node('a'),
    otherNode: node('b'),
    // A name that every object has: it must not be found in the table of fences.
    unfenceable: node('constructor'),
    isFenced: (target) =>
      access(mark(target)).then(
        () => true,
        () => false,
      ),
    lift: (target) => rm(mark(target)),
    fate: (verb, fate) => control.fate(verb, fate),
  };
}

describeFenceConformance('exec, over shell scripts', { open });
