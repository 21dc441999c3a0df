/** `holdfast demo` as a process of its own, and the proof that it left nothing. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { program } from '../../../lab/index.js';
import type { JournalEntry } from '../../../lab/journal.js';
import { isAlive, readJournal } from '../../../lab/journal.js';

/** A demo that runs, or has ended. */
export interface Demo {
  readonly ended: Promise<number | null>;
  output(): string;
  lines(): readonly string[];
  /** The first output that matches, as soon as it is there. Rejects when the demo ends without it. */
  seen(pattern: RegExp): Promise<RegExpExecArray>;
  interrupt(): void;
  /** Processes that were in the lab’s journal when it was last seen. */
  journal(): readonly JournalEntry[];
  labFolder(): string | undefined;
}

const LAB_FOLDER = /(\/\S*holdfast-demo-[A-Za-z0-9]{6})\b/;

/** Starts `holdfast demo` in `folder`. */
export function startDemo(folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Demo {
  const child = spawn(process.execPath, [program('src/bin/holdfast'), 'demo', ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let journal: readonly JournalEntry[] = [];
  const waiting = new Set<() => void>();
  const labFolder = (): string | undefined => LAB_FOLDER.exec(output)?.[1];
  const take = (data: Buffer): void => {
    output += data.toString('utf8');
    const place = labFolder();
    const known = place === undefined ? [] : readJournal(path.join(place, 'journal'));
    if (known.length > journal.length) journal = known;
    for (const look of waiting) look();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const seen = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(output);
        if (found === null) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      void ended.then(() => reject(new Error(`The demo ended without ${String(pattern)}:\n${output}`)));
    });
  return {
    ended,
    seen,
    labFolder,
    output: () => output,
    lines: () => output.trimEnd().split('\n'),
    interrupt: () => void child.kill('SIGINT'),
    journal: () => journal,
  };
}

/** Neither the lab’s folder, nor a process of its journal, nor (where /proc tells) any other that works in it or names it. */
export function nothingIsLeft(demo: Demo): void {
  expect(demo.labFolder()).toBeDefined();
  expect(existsSync(demo.labFolder() ?? '')).toBe(false);
  expect(demo.journal().length).toBeGreaterThan(0);
  expect(demo.journal().filter(isAlive)).toEqual([]);
  expect(processesOf(demo.labFolder() ?? '')).toEqual([]);
}

/** Command lines of the processes that work in a folder or name it. PostgreSQL under Patroni is in no journal. */
function processesOf(labFolder: string): readonly string[] {
  if (!existsSync('/proc/self/cwd')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return command.includes(labFolder) || readlinkSync(`/proc/${pid}/cwd`).startsWith(labFolder) ? [`${pid} ${command}`] : [];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}
