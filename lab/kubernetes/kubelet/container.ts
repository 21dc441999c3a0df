import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { V1Container, V1ContainerState, V1ContainerStateTerminated, V1ContainerStatus, V1Probe } from '@kubernetes/client-node';
import { askProbe } from './probe.js';
import type { ContainerEnd, ContainerProcess, ContainerRecord } from './processes.js';
import { wholeSeconds } from './time.js';

/** What a container needs of its pod. */
export interface ContainerHost {
  readonly podIp: string;
  readonly logDir: string;
  readonly firstProbeMs: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly restartPolicy: string;
  readonly graceMs: () => number;
  /** True from the moment when the pod is to end. */
  readonly ending: () => boolean;
  /** Starts the process. @throws in a kubelet's words when its configuration cannot be had. */
  launch(spec: V1Container, restarts: number, logFile: string): Promise<ContainerProcess>;
  /** Something of the status changed. */
  changed(): void;
  event(type: 'Normal' | 'Warning', reason: string, message: string): void;
}

const CONFIG_RETRY_MS = 2_000;
/** A container that ran this long starts its back-off anew. */
const FORGIVEN_MS = 600_000;
const FIRST_LOOK_MS = 50;

/** One container of a pod: started, probed, restarted with back-off, ended. */
export class Container {
  readonly spec: V1Container;
  readonly #host: ContainerHost;
  readonly #timers = new Set<NodeJS.Timeout>();
  #process: ContainerProcess | undefined;
  #state: V1ContainerState = { waiting: { reason: 'ContainerCreating' } };
  #last: V1ContainerState = {};
  #restarts: number;
  #crashes = 0;
  #ready = false;
  #started = false;
  #over = false;

  constructor(spec: V1Container, host: ContainerHost, before: V1ContainerStatus | undefined) {
    this.spec = spec;
    this.#host = host;
    // What the last kubelet told; a process that it started and that is gone was the one before ours.
    this.#restarts = before === undefined ? 0 : before.restartCount + (before.state?.running === undefined ? 0 : 1);
  }

  /** True when its process has ended for good. */
  get over(): boolean {
    return this.#over;
  }

  get ready(): boolean {
    return this.#ready;
  }

  get running(): boolean {
    return this.#process !== undefined;
  }

  get everRan(): boolean {
    return this.running || this.#restarts > 0 || this.#over;
  }

  get succeeded(): boolean {
    return this.#state.terminated?.exitCode === 0;
  }

  status(): V1ContainerStatus {
    return {
      name: this.spec.name,
      image: this.spec.image ?? '',
      imageID: '',
      ready: this.#ready,
      started: this.#started,
      restartCount: this.#restarts,
      state: this.#state,
      lastState: this.#last,
      containerID: `process://${this.#process?.pid ?? 0}`,
    };
  }

  /** Starts it, or takes over the process that an earlier kubelet started. */
  begin(record: ContainerRecord | undefined, adopt: (record: ContainerRecord) => ContainerProcess): void {
    if (record === undefined) void this.#run();
    else {
      this.#restarts = record.restarts;
      this.#watch(adopt(record));
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.signal(signal);
  }

  /** No restart and no probe any more. */
  stopTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    if (this.#process === undefined && !this.#over) {
      this.#over = true;
      this.#ready = false;
    }
  }

  #later(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.add(timer);
  }

  async #run(): Promise<void> {
    const folder = path.join(this.#host.logDir, this.spec.name);
    mkdirSync(folder, { recursive: true });
    let started: ContainerProcess;
    try {
      started = await this.#host.launch(this.spec, this.#restarts, path.join(folder, `${this.#restarts}.log`));
    } catch (error) {
      if (this.#host.ending()) return;
      const { message } = error as Error;
      this.#state = { waiting: { reason: 'CreateContainerConfigError', message } };
      this.#host.event('Warning', 'Failed', `Error: ${message}`);
      this.#host.changed();
      this.#later(CONFIG_RETRY_MS, () => void this.#run());
      return;
    }
    this.#watch(started);
  }

  #watch(process: ContainerProcess): void {
    this.#process = process;
    this.#state = { running: { startedAt: wholeSeconds(process.startedAtMs) } };
    const { startupProbe, readinessProbe } = this.spec;
    this.#started = startupProbe === undefined;
    this.#ready = this.#started && readinessProbe === undefined;
    void process.ended.then((end) => this.#ended(process, end));
    // The pod may have been asked to end while the process was being started.
    if (this.#host.ending()) process.signal('SIGTERM');
    this.#host.changed();
    if (startupProbe === undefined) this.#probeRunning(process);
    else this.#probe(process, startupProbe, 'Startup');
  }

  #probeRunning(process: ContainerProcess): void {
    const { readinessProbe, livenessProbe } = this.spec;
    if (readinessProbe !== undefined) this.#probe(process, readinessProbe, 'Readiness');
    if (livenessProbe !== undefined) this.#probe(process, livenessProbe, 'Liveness');
  }

  #probe(process: ContainerProcess, probe: V1Probe, kind: 'Startup' | 'Readiness' | 'Liveness'): void {
    const periodMs = (probe.periodSeconds ?? 10) * 1000;
    let [good, bad] = [0, 0];
    const look = async (): Promise<void> => {
      const result = await askProbe(this.spec, probe, this.#host.podIp);
      if (this.#process !== process || this.#host.ending()) return;
      if (result.ok) [good, bad] = [good + 1, 0];
      else {
        [good, bad] = [0, bad + 1];
        this.#host.event('Warning', 'Unhealthy', `${kind} probe failed: ${result.words}`);
      }
      const [passed, failed] = [good >= (probe.successThreshold ?? 1), bad >= (probe.failureThreshold ?? 3)];
      if (kind === 'Readiness') {
        if (passed || failed) this.#setReady(passed);
      } else if (failed) {
        this.#endUnhealthy(process, kind);
        return;
      } else if (kind === 'Startup' && passed) {
        this.#started = true;
        this.#setReady(this.spec.readinessProbe === undefined);
        this.#host.changed();
        this.#probeRunning(process);
        return;
      }
      // Impatient only before the first success: a failing startup or readiness probe costs a real cluster up to a period.
      const impatient = (kind === 'Readiness' && !this.#ready) || (kind === 'Startup' && bad === 0);
      this.#later(impatient ? Math.min(this.#host.firstProbeMs, periodMs) : periodMs, () => void look());
    };
    this.#later((probe.initialDelaySeconds ?? 0) * 1000 + FIRST_LOOK_MS, () => void look());
  }

  #setReady(ready: boolean): void {
    if (ready === this.#ready) return;
    this.#ready = ready;
    this.#host.changed();
  }

  #endUnhealthy(process: ContainerProcess, kind: 'Startup' | 'Liveness'): void {
    this.#host.event(
      'Normal',
      'Killing',
      `Container ${this.spec.name} failed ${kind === 'Startup' ? 'startup' : 'liveness'} probe, will be restarted`,
    );
    process.signal('SIGTERM');
    this.#later(this.#host.graceMs(), () => process.signal('SIGKILL'));
  }

  #ended(process: ContainerProcess, end: ContainerEnd): void {
    const { restartPolicy, backoffMs, backoffMaxMs } = this.#host;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#process = undefined;
    this.#ready = false;
    this.#started = false;
    const terminated: V1ContainerStateTerminated = {
      ...end,
      startedAt: wholeSeconds(process.startedAtMs),
      finishedAt: wholeSeconds(Date.now()),
      containerID: `process://${process.pid}`,
    };
    const again = !this.#host.ending() && (restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && end.exitCode !== 0));
    if (!again) {
      this.#state = { terminated };
      this.#over = true;
      this.#host.changed();
      return;
    }
    if (Date.now() - process.startedAtMs > FORGIVEN_MS) this.#crashes = 0;
    const waitMs = this.#crashes === 0 ? 0 : Math.min(backoffMs * 2 ** (this.#crashes - 1), backoffMaxMs);
    this.#crashes += 1;
    this.#restarts += 1;
    this.#last = { terminated };
    this.#state =
      waitMs === 0
        ? { terminated }
        : { waiting: { reason: 'CrashLoopBackOff', message: `back-off ${waitMs / 1000}s restarting failed container=${this.spec.name}` } };
    if (waitMs > 0) this.#host.event('Warning', 'BackOff', `Back-off restarting failed container ${this.spec.name}`);
    this.#host.changed();
    this.#later(waitMs, () => void this.#run());
  }
}
