import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import type { Place } from '../../hosts.js';
import type { KubernetesClients } from '../clients.js';
import { asMergePatch, failureWords, statusCode } from '../clients.js';
import { Container } from './container.js';
import { containerEnvironment, expand } from './container-environment.js';
import type { TellEvent } from './events.js';
import { inside, writePodFiles } from './pod-files.js';
import { createPodSources } from './pod-sources.js';
import { podStatus } from './pod-status.js';
import type { ContainerProcess, ContainerRecord, ContainerRecords } from './processes.js';
import type { KubeletSettings } from './settings.js';

/** What all pods of a node share. */
export interface PodContext {
  readonly settings: KubeletSettings;
  readonly clients: KubernetesClients;
  readonly records: ContainerRecords;
  readonly tell: TellEvent;
  readonly log: (line: string) => void;
}

const STATUS_RETRY_MS = 500;
const DEFAULT_GRACE_SECONDS = 30;
/** A kubelet leaves a process at least this long, whatever was asked for. */
const LEAST_GRACE_MS = 1_000;

/** Where a pod's logs lie: one folder for each container, one file for each start of it. */
export function podLogDir(workDir: string, namespace: string, name: string, uid: string): string {
  return path.join(workDir, 'logs', `${namespace}_${name}_${uid}`);
}

/** One pod on this node, from its first process to the removal of its object. */
export class Pod {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly place: Place;
  readonly #context: PodContext;
  readonly #containers: readonly Container[];
  readonly #gone: () => void;
  readonly #startedAtMs: number;
  #pod: V1Pod;
  #readySinceMs = Date.now();
  #wasReady = false;
  #dirty = false;
  #reporting: Promise<void> = Promise.resolve();
  #ending = false;
  #removed = false;
  #killAtMs = Infinity;
  #killTimer: NodeJS.Timeout | undefined;
  #finishing = false;

  /**
   * @param left processes of this pod that an earlier kubelet started.
   * @param gone called once, when no process is left and the object is removed.
   */
  constructor(pod: V1Pod, place: Place, left: readonly ContainerRecord[], context: PodContext, gone: () => void) {
    const { uid = '', name = '', namespace = '' } = pod.metadata ?? {};
    this.#pod = pod;
    this.uid = uid;
    this.name = name;
    this.namespace = namespace;
    this.place = place;
    this.#context = context;
    this.#gone = gone;
    // A list brings dates, a watch the text of dates, whatever the types say.
    const startTime = pod.status?.startTime;
    this.#startedAtMs = startTime === undefined ? Date.now() : new Date(startTime).getTime();
    const before = (spec: V1Container) => pod.status?.containerStatuses?.find((status) => status.name === spec.name);
    const recordOf = (spec: V1Container) => left.find(({ container }) => container === spec.name);
    // A pod that is to end gets no new process: only those that still run matter.
    const specs = (pod.spec?.containers ?? []).filter(
      (spec) => pod.metadata?.deletionTimestamp === undefined || recordOf(spec) !== undefined,
    );
    this.#containers = specs.map((spec) => new Container(spec, this.#hostFor(), before(spec)));
    for (const container of this.#containers) container.begin(recordOf(container.spec), (record) => context.records.adopt(record));
  }

  #hostFor() {
    const { settings, tell } = this.#context;
    const { firstProbeMs, backoffMs, backoffMaxMs } = settings;
    return {
      podIp: this.place.address,
      logDir: podLogDir(settings.workDir, this.namespace, this.name, this.uid),
      firstProbeMs,
      backoffMs,
      backoffMaxMs,
      restartPolicy: this.#pod.spec?.restartPolicy ?? 'Always',
      graceMs: () => this.#graceMs(),
      ending: () => this.#ending,
      launch: (spec: V1Container, restarts: number, logFile: string) => this.#launch(spec, restarts, logFile),
      changed: () => this.#changed(),
      event: (type: 'Normal' | 'Warning', reason: string, message: string) => tell(this.#pod, type, reason, message),
    };
  }

  async #launch(spec: V1Container, restarts: number, logFile: string): Promise<ContainerProcess> {
    const { settings, clients, records } = this.#context;
    const sources = createPodSources(clients.core, this.namespace);
    // The folder stands for the container's file system: absolute mount paths and a relative path of the process lead into it.
    const root = path.join(settings.workDir, 'pods', this.uid, spec.name);
    mkdirSync(root, { recursive: true });
    await writePodFiles(this.#pod, spec, root, sources);
    const facts = { nodeName: settings.nodeName, podIp: this.place.address, hostIp: settings.address };
    const env = await containerEnvironment(this.#pod, spec, facts, sources);
    if (this.#ending) throw new Error('the pod is ending');
    return records.start({
      podUid: this.uid,
      container: spec.name,
      restarts,
      place: this.place,
      argv: [...(spec.command ?? []), ...(spec.args ?? [])].map((word) => expand(word, env)),
      env: { PATH: process.env['PATH'] ?? '', HOME: root, HOSTNAME: this.name, ...env, HOLDFAST_LAB: settings.labDir },
      cwd: spec.workingDir === undefined ? root : inside(root, spec.workingDir),
      logFile,
    });
  }

  /** The object changed. */
  update(pod: V1Pod): void {
    this.#pod = pod;
    if (pod.metadata?.deletionTimestamp !== undefined) this.end();
  }

  /** The object is gone before its processes: they still get their grace, as from a real kubelet. */
  removed(): void {
    this.#removed = true;
    this.end();
  }

  /** Ends the processes: SIGTERM, and SIGKILL after the grace. Called again, it may shorten the grace and never lengthens it. */
  end(): void {
    const killAtMs = Date.now() + this.#graceMs();
    if (!this.#ending) {
      this.#ending = true;
      for (const container of this.#containers) {
        container.stopTimers();
        if (container.running) this.#context.tell(this.#pod, 'Normal', 'Killing', `Stopping container ${container.spec.name}`);
        container.signal('SIGTERM');
      }
    }
    if (killAtMs < this.#killAtMs) {
      this.#killAtMs = killAtMs;
      clearTimeout(this.#killTimer);
      this.#killTimer = setTimeout(() => {
        for (const container of this.#containers) container.signal('SIGKILL');
      }, killAtMs - Date.now());
    }
    this.#finishWhenOver();
  }

  #graceMs(): number {
    const { metadata, spec } = this.#pod;
    const asked = this.#removed ? undefined : metadata?.deletionGracePeriodSeconds;
    return Math.max(LEAST_GRACE_MS, (asked ?? spec?.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS) * 1000);
  }

  #changed(): void {
    this.#report();
    this.#finishWhenOver();
  }

  #report(): void {
    this.#dirty = true;
    this.#reporting = this.#reporting.then(async () => {
      if (!this.#dirty || this.#removed) return;
      this.#dirty = false;
      try {
        await this.#patchStatus();
      } catch (error) {
        if (statusCode(error) === 404 || statusCode(error) === 422) return;
        this.#context.log(`${this.name}: status: ${failureWords(error)}`);
        setTimeout(() => this.#report(), STATUS_RETRY_MS);
      }
    });
  }

  async #patchStatus(): Promise<void> {
    const ready = this.#containers.every((container) => container.ready);
    if (ready !== this.#wasReady) this.#readySinceMs = Date.now();
    this.#wasReady = ready;
    const status = podStatus(this.#pod, this.#containers, {
      podIp: this.place.address,
      hostIp: this.#context.settings.address,
      startedAtMs: this.#startedAtMs,
      readySinceMs: this.#readySinceMs,
    });
    // The uid keeps the status from a later pod of the same name.
    const body = { metadata: { uid: this.uid }, status };
    await this.#context.clients.core.patchNamespacedPodStatus({ namespace: this.namespace, name: this.name, body }, asMergePatch);
  }

  #finishWhenOver(): void {
    if (!this.#ending || this.#finishing || this.#containers.some((container) => container.running)) return;
    this.#finishing = true;
    clearTimeout(this.#killTimer);
    void this.#finish();
  }

  async #finish(): Promise<void> {
    await this.#reporting;
    const { core } = this.#context.clients;
    while (!this.#removed) {
      try {
        const body = { gracePeriodSeconds: 0, preconditions: { uid: this.uid } };
        await core.deleteNamespacedPod({ name: this.name, namespace: this.namespace, gracePeriodSeconds: 0, body });
        break;
      } catch (error) {
        if (statusCode(error) === 404 || statusCode(error) === 409) break;
        this.#context.log(`${this.name}: removal: ${failureWords(error)}`);
        await new Promise((resolve) => setTimeout(resolve, STATUS_RETRY_MS));
      }
    }
    this.#gone();
  }
}
