import type { Command } from '../config-values.js';
import type { CertificateFiles, Pki } from '../postgres/pki.js';
import { patroniControlFile } from './control.js';
import type { PatroniNode, PatroniNodeName } from './node.js';

/** Files with the login of the REST API, for whoever takes references, and the CA of its certificates. */
export interface RestReferences {
  readonly caFile: string;
  readonly userFile: string;
  readonly passwordFile: string;
}

/** What a Holdfast configuration of this cluster is made of: names, addresses, commands and paths of files; no secret. */
export interface PatroniValues {
  readonly scope: string;
  readonly name: 'geosync';
  readonly preferredPrimary: 'n1';
  /** CA of the databases' certificates. */
  readonly caFile: string;
  readonly rest: RestReferences;
  readonly nodes: readonly {
    readonly name: PatroniNodeName;
    readonly hostName: string;
    readonly host: string;
    readonly port: number;
    readonly restUrl: string;
    /** `fence` and `read` are what a fence of class H needs. */
    readonly commands: Readonly<Record<'fence' | 'read' | 'lift' | 'start' | 'stop' | 'status', Command>>;
  }[];
  /** Logins by client certificate; keys as in the values of the pair. */
  readonly roles: Readonly<Record<'application' | 'orchestrator' | 'owner', { readonly user: string } & CertificateFiles>>;
}

/** Collects the values of a cluster. */
export function collectPatroniValues(
  labDir: string,
  scope: string,
  nodes: readonly PatroniNode[],
  pki: Pki,
  rest: RestReferences,
): PatroniValues {
  return {
    scope,
    name: 'geosync',
    preferredPrimary: 'n1',
    caFile: pki.caFile,
    rest,
    nodes: nodes.map(({ name, place, port, restUrl }) => {
      const command = (verb: string): Command => [patroniControlFile(labDir, name), verb];
      return {
        name,
        hostName: place.name,
        host: place.address,
        port,
        restUrl,
        commands: {
          fence: command('fence'),
          read: command('read'),
          lift: command('lift'),
          start: command('start'),
          stop: command('stop'),
          status: command('status'),
        },
      };
    }),
    roles: {
      application: { user: 'geosync', ...pki.client('geosync') },
      orchestrator: { user: 'holdfast', ...pki.client('holdfast') },
      owner: { user: 'holdfast_owner', ...pki.client('holdfast_owner') },
    },
  };
}
