/** Holdfast's own processes on a lab. */
import { program, type BaseLab, type LabProcess } from '../../../lab/index.js';
import type { StageProcesses } from './stage-types.js';

const HOLDFAST = 'src/bin/holdfast';

/** Holdfast's processes, and the gateway that is started once. */
export interface LabProcesses {
  readonly processes: StageProcesses;
  /** Starts the gateway and waits until it listens at this address. */
  readonly startGateway: (address: string) => Promise<void>;
}

/** Starts them on the lab's hosts `worker`, `gateway` and `people`. */
export function labProcesses(lab: BaseLab, configFile: string, progress: (line: string) => void): LabProcesses {
  const holdfast = (name: string, host: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): LabProcess =>
    // Killed when the lab closes: nothing of a lab that is going away has to be ended with grace.
    lab.spawn(name, host, process.execPath, [program(HOLDFAST), ...args], { env, endSignal: 'KILL' });
  let workers = 0;
  let current: LabProcess | undefined;
  const processes: StageProcesses = {
    worker: () => {
      if (current === undefined) throw new Error('no worker was started');
      return current;
    },
    startWorker: async (env = {}) => {
      workers += 1;
      const worker = holdfast(`worker-${workers}`, 'worker', ['worker', '--config', configFile], env);
      current = worker;
      await worker.waitFor(/worker is polling/);
      progress(`worker: polls as process ${worker.pid}`);
      return worker;
    },
    cli: async (args) => {
      const process_ = holdfast(`cli-${args[0] ?? 'help'}-${Date.now()}`, 'people', [...args]);
      const { code } = await process_.exited;
      return { code: code ?? 1, output: process_.output() };
    },
  };
  return {
    processes,
    startGateway: async (address) => {
      const gateway = holdfast('gateway', 'gateway', ['gateway', '--config', configFile]);
      await gateway.waitFor(/gateway listens/);
      progress(`gateway: ${address}`);
    },
  };
}
