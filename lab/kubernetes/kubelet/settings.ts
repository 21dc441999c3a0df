import { readFileSync } from 'node:fs';
import type { Place } from '../../hosts.js';

/** What a kubelet is started with; a file, so that it can be started again with the same. */
export interface KubeletSettings {
  readonly nodeName: string;
  /** Its mark on each process, and where the guardian looks. */
  readonly labDir: string;
  readonly journalFile: string;
  readonly kubeconfigFile: string;
  /** Folder of pods' files, logs and process records. */
  readonly workDir: string;
  /** The endpoint from which the API server reads logs. */
  readonly address: string;
  readonly port: number;
  readonly tls: { readonly caFile: string; readonly cert: string; readonly key: string };
  /** One place for each pod that runs at the same time; a place is used again, the one that was free longest first. */
  readonly places: readonly Place[];
  /** Wait before the second restart of a crashing container; doubles from there. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** A readiness probe is repeated this often until it succeeds, however long its period: a lab is in a hurry. */
  readonly firstProbeMs: number;
}

/** Reads the settings file. */
export function readKubeletSettings(file: string): KubeletSettings {
  return JSON.parse(readFileSync(file, 'utf8')) as KubeletSettings;
}
