import { spawn } from 'node:child_process';
import type { ChildProcess, ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';

/** How a command ended. Output is the end of stdout and stderr, bounded; it is foreign text: show it through `showable`. */
export type CommandOutcome =
  | { readonly state: 'exited'; readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  /** It ran and no exit code is known: over time, cancelled, or ended by a signal. What it did is not known. */
  | { readonly state: 'unfinished'; readonly because: 'timeout' | 'cancelled' | 'signal'; readonly detail: string }
  /** It never ran: nothing happened. */
  | { readonly state: 'not-started'; readonly because: 'cancelled' | 'failed'; readonly detail: string };

/** What bounds a command. */
export interface CommandOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Variables beside the few that every command gets. Nothing else of the worker's environment is passed on: it may hold secrets. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Characters kept of each stream. */
  readonly outputLimit?: number;
}

const INHERITED = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'USER'] as const;
const OUTPUT_LIMIT = 8192;
/** Time from SIGTERM to SIGKILL of a command that is over its time. */
const TERM_GRACE_MS = 500;
/** How long output is waited for after the exit: a background child that inherited the pipe would keep it open for ever. */
const DRAIN_MS = 100;

/**
 * Runs a program with its words; there is no shell, so nothing in a word is interpreted. Never throws.
 *
 * The command gets a process group of its own, and the whole group is ended when the time is over: a script's `sleep` would outlive it
 * otherwise. What must outlive the command (a service it starts) has to leave that group, as every service manager does.
 */
export async function runCommand(argv: readonly string[], options: CommandOptions): Promise<CommandOutcome> {
  const [program, ...words] = argv;
  if (program === undefined) return { state: 'not-started', because: 'failed', detail: 'the command is empty' };
  if (options.signal.aborted) return { state: 'not-started', because: 'cancelled', detail: 'cancelled before it was started' };
  const child = start(program, words, options);
  if (child instanceof Error) return { state: 'not-started', because: 'failed', detail: errnoText(child) };
  const stdout = tailOf(child.stdout, options.outputLimit ?? OUTPUT_LIMIT);
  const stderr = tailOf(child.stderr, options.outputLimit ?? OUTPUT_LIMIT);
  return new Promise((resolve) => {
    let ending: 'timeout' | 'cancelled' | undefined;
    let killer: NodeJS.Timeout | undefined;
    const end = (because: 'timeout' | 'cancelled'): void => {
      ending ??= because;
      signalGroup(child, 'SIGTERM');
      killer ??= setTimeout(() => signalGroup(child, 'SIGKILL'), TERM_GRACE_MS);
    };
    const timer = setTimeout(() => end('timeout'), options.timeoutMs);
    const cancel = (): void => end('cancelled');
    options.signal.addEventListener('abort', cancel, { once: true });
    const settle = (outcome: () => CommandOutcome): void => {
      clearTimeout(timer);
      clearTimeout(killer);
      options.signal.removeEventListener('abort', cancel);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(outcome());
    };
    child.once('error', (error) => {
      if (child.pid === undefined) settle(() => ({ state: 'not-started', because: 'failed', detail: errnoText(error) }));
    });
    child.once('exit', (exitCode, signal) => {
      // The leader is gone; what is left of its group must not go on after we said that the time is over.
      if (ending !== undefined) signalGroup(child, 'SIGKILL');
      const done = (): void => settle(() => outcomeOf(ending, exitCode, signal, stdout(), stderr(), options.timeoutMs));
      const drained = setTimeout(done, DRAIN_MS);
      child.once('close', () => {
        clearTimeout(drained);
        done();
      });
    });
  });
}

/** Some refusals of `spawn` (words too long, a zero byte) are thrown, others are events. */
function start(program: string, words: readonly string[], options: CommandOptions): ChildProcessByStdio<null, Readable, Readable> | Error {
  try {
    return spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], env: environmentOf(options), detached: true });
  } catch (error) {
    return error instanceof Error ? error : new Error('unknown error');
  }
}

function outcomeOf(
  ending: 'timeout' | 'cancelled' | undefined,
  exitCode: number | null,
  signal: NodeJS.Signals | null,
  stdout: string,
  stderr: string,
  timeoutMs: number,
): CommandOutcome {
  if (ending === 'timeout') return { state: 'unfinished', because: 'timeout', detail: `no end within ${timeoutMs} ms` };
  if (ending === 'cancelled') return { state: 'unfinished', because: 'cancelled', detail: 'cancelled while it ran' };
  if (exitCode === null) return { state: 'unfinished', because: 'signal', detail: `ended by ${signal ?? 'a signal'}` };
  return { state: 'exited', exitCode, stdout, stderr };
}

function environmentOf(options: CommandOptions): Record<string, string> {
  const inherited = INHERITED.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(inherited), ...options.environment };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already: what was wanted.
  }
}

function tailOf(stream: NodeJS.ReadableStream, limit: number): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text = (text + chunk).slice(-limit);
  });
  return () => text;
}

/** The system's own code (ENOENT, EACCES, …) of an error; its message may hold paths and words of the caller. */
export function errnoText(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
