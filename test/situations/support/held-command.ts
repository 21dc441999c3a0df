/** Makes a command of the lab do its work and then not return, as if the host were slow: the moment to kill who waits for it. */
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Stage } from '../../../src/cli/demo/stage.js';

const ASK_EVERY_MS = 10;
const PATIENCE_MS = 120_000;

export interface HeldCommand {
  /** The next call with this word does its work, then hangs. Resolves when one hangs. */
  hang(word: string): Promise<void>;
  /** Lets what hangs end, and later calls pass. */
  release(): void;
  /** Words of every call so far, one line each: the command's own record. */
  calls(): readonly string[];
}

/** Stands in for `<lab>/bin/<name>`. */
export function holdCommand(stage: Stage, name: string): HeldCommand {
  const file = path.join(stage.lab.dir, 'bin', name);
  const real = `${file}.real`;
  renameSync(file, real);
  writeFileSync(
    file,
    `#!/bin/sh
echo "$*" >> "${file}.calls"
"${real}" "$@"; code=$?
[ -f "${file}.hold" ] && case " $* " in *" $(cat "${file}.hold") "*)
  : > "${file}.held"
  while [ -f "${file}.hold" ]; do sleep 0.05; done ;;
esac
exit $code
`,
  );
  chmodSync(file, 0o755);
  const read = (suffix: string): string => (existsSync(`${file}.${suffix}`) ? readFileSync(`${file}.${suffix}`, 'utf8') : '');
  return {
    hang: async (word) => {
      rmSync(`${file}.held`, { force: true });
      writeFileSync(`${file}.hold`, word);
      for (const endMs = Date.now() + PATIENCE_MS; !existsSync(`${file}.held`);) {
        if (Date.now() > endMs) throw new Error(`${name} was never called with ${word}`);
        await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
      }
    },
    release: () => rmSync(`${file}.hold`, { force: true }),
    calls: () =>
      read('calls')
        .split('\n')
        .filter((line) => line !== ''),
  };
}
