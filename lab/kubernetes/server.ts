import type { LabProcess, ProcessSpec } from '../process.js';
import { launch, serving } from '../process.js';

/** One program of the control plane that can be frozen, killed and started again, always with the same ports and data. */
export interface Server {
  readonly name: string;
  readonly logFile: string;
  /** Undefined while it does not run. */
  pid(): number | undefined;
  /** SIGSTOP: connections stay open, nothing is answered. */
  freeze(): void;
  thaw(): void;
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>;
  /** Starts it (nothing when it runs) and returns when it serves. @throws when it ends at its start, with its last words. */
  start(): Promise<void>;
}

/** Makes a server from the specification of its process and a look at whether it serves. It is not started yet. */
export function createServer(journalFile: string, spec: ProcessSpec, serves: () => Promise<boolean>): Server {
  let current: LabProcess | undefined;
  const running = (): LabProcess | undefined => (current?.ended() === undefined ? current : undefined);
  return {
    name: spec.name,
    logFile: spec.logFile,
    pid: () => running()?.pid,
    freeze: () => running()?.kill('SIGSTOP'),
    thaw: () => running()?.kill('SIGCONT'),
    kill: async () => {
      const process = running();
      process?.kill('SIGKILL');
      await process?.exited;
    },
    start: async () => {
      if (running() !== undefined) return;
      current = launch(journalFile, spec);
      await serving(current, serves);
    },
  };
}
