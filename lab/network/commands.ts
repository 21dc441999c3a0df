import { execFileSync } from 'node:child_process';
import { enterPlace } from '../hosts.js';

const COMMAND_MS = 20_000;

/**
 * Runs a short command of the system to its end: `ip`, `nft`. Synchronous, as the placing of a host is; each takes a few milliseconds.
 * @throws with the command and its own words.
 */
export function command(file: string, args: readonly string[], input = ''): string {
  try {
    return execFileSync(file, args, { encoding: 'utf8', input, timeout: COMMAND_MS, stdio: ['pipe', 'pipe', 'pipe'] });
  } catch (error) {
    const { code, stderr } = error as { readonly code?: string; readonly stderr?: string };
    if (code === 'ENOENT') throw new Error(`Hosts in network namespaces need the program ${file}, which is not on PATH.`);
    const said = String(stderr ?? '').trim();
    throw new Error(`${[file, ...args].join(' ')} failed: ${said === '' ? (error as Error).message : said}`);
  }
}

/** Runs a short command inside a namespace. */
export function commandIn(namespace: string, file: string, args: readonly string[], input = ''): string {
  const entered = enterPlace({ name: namespace, address: '', namespace }, { command: file, args });
  return command(entered.command, entered.args, input);
}

/** Commands of `ip`, one a line, inside a namespace or (undefined) in our own. The first that fails ends them. */
export function ip(namespace: string | undefined, lines: readonly string[]): void {
  command('ip', [...(namespace === undefined ? [] : ['-n', namespace]), '-batch', '-'], `${lines.join('\n')}\n`);
}

/** Why this machine cannot have hosts in network namespaces, in one sentence; undefined when it can. */
export function networkObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces exist on Linux only';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  try {
    for (const [file, flag] of [
      ['ip', '-V'],
      ['nft', '-v'],
      ['nsenter', '-V'],
    ] as const)
      command(file, [flag]);
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}
