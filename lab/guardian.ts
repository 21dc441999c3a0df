import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { guardianScript } from './scripts/guardian-script.js';
import { shellLibrary } from './scripts/shell-library.js';

/** The process that outlives the lab's and cleans up after it. */
export interface Guardian {
  readonly pid: number;
  /** File with one line a process; whoever starts a process for the lab appends to it. */
  readonly journalFile: string;
  /** Ends everything in the journal, removes the folder (or keeps it), and returns when that is done. */
  release(keep: boolean): Promise<void>;
}

function runGuardian(script: string): ChildProcess {
  // Its own session, so that ^C at the terminal does not reach it; no HOLDFAST_LAB, so that another lab's guardian does not sweep it.
  const { HOLDFAST_LAB: _outer, ...env } = process.env;
  const child = spawn('/bin/sh', [script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], env, cwd: '/' });
  child.stdin?.on('error', () => undefined);
  return child;
}

/** Starts the guardian of a lab's folder. Must be the first thing a lab does. */
export function startGuardian(labDir: string): Guardian {
  const bin = path.join(labDir, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(path.join(bin, 'lib.sh'), shellLibrary(labDir));
  const script = path.join(bin, 'guardian.sh');
  writeFileSync(script, guardianScript, { mode: 0o755 });
  const journalFile = path.join(labDir, 'journal');
  writeFileSync(journalFile, '');
  const child = runGuardian(script);
  writeFileSync(path.join(labDir, 'guardian.pid'), `${child.pid}\n`);
  // The pipe and the guardian must not keep the lab's process alive: a program that ends without close() is cleaned up after, too.
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  const exited = once(child, 'exit');

  const release = async (keep: boolean): Promise<void> => {
    if (keep) writeFileSync(path.join(labDir, 'keep'), '');
    child.ref();
    if (child.exitCode === null && child.signalCode === null) {
      child.stdin?.end();
      await exited;
      if (child.exitCode !== null) return;
    }
    // Somebody killed the guardian: do its work now.
    const again = runGuardian(script);
    again.stdin?.end();
    await once(again, 'exit');
  };

  return { pid: child.pid ?? 0, journalFile, release };
}
