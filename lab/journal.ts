import { execFileSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';

/** How a process of the lab is asked to end, before it is killed. */
export type EndSignal = 'TERM' | 'QUIT' | 'KILL';

/** One line of the journal: a process that the lab started and will end. */
export interface JournalEntry {
  readonly pid: number;
  /** Start time as the operating system tells it; tells a process from a later one with the same pid. */
  readonly start: string;
  readonly endSignal: EndSignal;
  readonly name: string;
}

/** What /proc or ps says of a living process. */
export interface ProcessFacts {
  readonly parent: number;
  readonly start: string;
  /** First letter of the state: R, S, D, T (stopped), … Zombies count as gone and are never returned. */
  readonly state: string;
}

function factsFromProc(pid: number): ProcessFacts | undefined {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field is the command in parentheses and may hold anything: count from its end. Field 3 is the state, 22 the start time.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent = '0'] = fields;
  if (state === 'Z' || state === 'X') return undefined;
  return { state, parent: Number(parent), start: fields[19] ?? '' };
}

function factsFromPs(pid: number): ProcessFacts | undefined {
  let line: string;
  try {
    line = execFileSync('ps', ['-o', 'stat=', '-o', 'ppid=', '-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, LC_ALL: 'C' },
    });
  } catch {
    return undefined;
  }
  const [state = '', parent = '0', ...start] = line.trim().split(/\s+/);
  if (state === '' || state.startsWith('Z')) return undefined;
  return { state: state.slice(0, 1), parent: Number(parent), start: start.join('_') };
}

/** Facts about a living process; undefined when it is gone or a zombie (PID 1 of a container may reap late or never). */
export function processFacts(pid: number): ProcessFacts | undefined {
  return process.platform === 'linux' ? factsFromProc(pid) : factsFromPs(pid);
}

/** Pids of the living children of a process. */
export function childrenOf(pid: number): number[] {
  if (process.platform === 'linux') {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((child) => factsFromProc(child)?.parent === pid);
  }
  const table = execFileSync('ps', ['-A', '-o', 'pid=', '-o', 'ppid='], { encoding: 'utf8' });
  return table
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (child !== undefined && parent === pid ? [child] : []));
}

/** Appends a process to the journal. Synchronous, so that nothing happens between the start of a process and its record. */
export function recordProcess(journalFile: string, pid: number, endSignal: EndSignal, name: string): JournalEntry {
  const entry: JournalEntry = { pid, start: processFacts(pid)?.start ?? 'gone', endSignal, name };
  appendFileSync(journalFile, `${entry.pid} ${entry.start} ${entry.endSignal} ${entry.name.replaceAll(/\s/g, '_')}\n`);
  return entry;
}

/** Reads a journal; an absent file is an empty journal. */
export function readJournal(journalFile: string): JournalEntry[] {
  let text: string;
  try {
    text = readFileSync(journalFile, 'utf8');
  } catch {
    return [];
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [pid, start, endSignal, name] = line.split(' ');
      return { pid: Number(pid), start: start ?? '', endSignal: endSignal as EndSignal, name: name ?? '' };
    });
}

/** True while the recorded process itself lives, not one that got its pid later. */
export function isAlive(entry: Pick<JournalEntry, 'pid' | 'start'>): boolean {
  return processFacts(entry.pid)?.start === entry.start;
}
