import { access, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createExecWorkload } from '../../src/adapters/exec/workload.js';
import { EXEC_TIMEOUT_MS, writeExecScript } from './exec-script.js';
import { realTime } from './harness.js';
import { tempFolder } from './temp-folder.js';
import { describeWorkloadConformance } from './workload.suite.js';
import type { WorkloadWorld } from './workload.suite.js';

// An instance is a file that holds the number of its start; `stubborn` makes it ignore SIGTERM.
const CONTROL = `case $verb in
start) n=0; [ -f "$dir/$target.count" ] && read -r n <"$dir/$target.count"; n=$((n + 1)); echo $n >"$dir/$target.count"; echo $n >"$dir/$target.up" ;;
stop) [ -f "$dir/$target.stubborn" ] || rm -f "$dir/$target.up" ;;
kill) rm -f "$dir/$target.up" ;;
status) if [ -f "$dir/$target.up" ]; then read -r n <"$dir/$target.up"; echo "active pid=$n"; exit 0; else echo inactive; exit 3; fi ;;
esac`;

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

async function open(): Promise<WorkloadWorld> {
  const folder = await tempFolder();
  const control = await writeExecScript(folder.dir, CONTROL);
  const instances = ['app-1', 'app-2'] as const;
  for (const name of instances) {
    await writeFile(path.join(folder.dir, `${name}.up`), '1\n');
    await writeFile(path.join(folder.dir, `${name}.count`), '1\n');
  }
  const commands = (name: string) => {
    const verb = (word: string): readonly string[] => [control.file, name, word];
    return { name, start: verb('start'), stop: verb('stop'), kill: verb('kill'), status: verb('status') };
  };
  return {
    ...realTime(folder.remove),
    port: createExecWorkload({ instances: instances.map(commands), timeoutMs: EXEC_TIMEOUT_MS }),
    full: instances.length,
    running: async () => (await Promise.all(instances.map((name) => exists(path.join(folder.dir, `${name}.up`))))).filter(Boolean).length,
    fate: (verb, fate) => control.fate(verb === 'scale' ? 'stop' : verb, fate),
    ignoreStop: () => writeFile(path.join(folder.dir, `${instances[0]}.stubborn`), ''),
    silence: () => control.fate(`status-${instances[0]}`, 'timeout-before'),
  };
}

describeWorkloadConformance('exec, over shell scripts', { open });
