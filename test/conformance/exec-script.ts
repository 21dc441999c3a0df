import { chmod, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CANARY } from './harness.js';
import type { Fate } from './harness.js';

/** A shell script that plays a control program. Its fates are files beside it, so that the next call of a verb sees them. */
export interface ExecScript {
  readonly file: string;
  fate(verb: string, fate: Fate): Promise<void>;
}

/**
 * Writes the script. `body` is POSIX sh, the verb is in `$verb`, the target in `$target`, the folder in `$dir`. A refusal prints the canary
 * inside a DSN, as a careless program would; a hang lasts longer than any test and is ended by the adapter.
 */
export async function writeExecScript(dir: string, body: string): Promise<ExecScript> {
  const file = path.join(dir, 'control');
  const text = `#!/bin/sh
dir=\${0%/*}; target=$1; verb=$2
fate=ok
for at in "$dir/fate-$verb" "$dir/fate-$verb-$target"; do [ -f "$at" ] && read -r fate <"$at"; done
act() {
${body}
}
case $fate in
refuse) echo "cannot reach postgresql://geosync:${CANARY}@db/geosync" >&2; exit 7 ;;
timeout-before) sleep 600 ;;
timeout-after) (act); sleep 600 ;;
*) act ;;
esac
`;
  await writeFile(file, text);
  await chmod(file, 0o755);
  return {
    file,
    async fate(verb, fate) {
      const at = path.join(dir, `fate-${verb}`);
      await (fate === 'ok' ? rm(at, { force: true }) : writeFile(at, `${fate}\n`));
    },
  };
}

/** Longest time of one command in the tests: far above what a script needs, and what each hang costs. */
export const EXEC_TIMEOUT_MS = 2_000;
