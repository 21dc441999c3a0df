/** Writes a Holdfast configuration for a lab with a pair: what a person would write for their own hosts. Holds references to secrets only. */
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ConfigValues, Lab } from '../../../lab/index.js';
import { commonStoreSection, LAB_TIMES, ref, tlsRefs, writeConfigFile, type CommonConfigOptions, type LabPerson } from './common-config.js';

export type { LabPerson } from './common-config.js';

export interface LabConfigOptions extends CommonConfigOptions {
  readonly pause?: 'http' | 'none';
  /** Replaces the addresses of nodes, for a lab whose path to a node goes through a link. */
  readonly nodePorts?: Readonly<Record<string, number>>;
}

/** The pair's name in the configuration. */
export const PAIR_CLUSTER = 'lab-pair';

/** The fence of a lab node: stop and disable the service on its host, then read that back (class H). */
function writeFenceScript(lab: Pick<Lab, 'dir'>): string {
  const file = path.join(lab.dir, 'bin', 'pg-fence');
  writeFileSync(
    file,
    `#!/bin/sh
# pg-fence put|read|lift NODE: exit 0 in force, 1 not in force (read).
ctl="$(dirname "$0")/pgctl-$2"
case $1 in
put) "$ctl" disable && "$ctl" stop ;;
read) state=$("$ctl" status); echo "$2: $state"; [ "$state" = "inactive disabled" ] ;;
lift) "$ctl" enable ;;
*) echo "usage: $0 put|read|lift NODE" >&2; exit 2 ;;
esac
`,
  );
  chmodSync(file, 0o755);
  return file;
}

function storeSection(lab: Lab, values: ConfigValues, options: LabConfigOptions): unknown {
  const { database, application, admin, trading } = values;
  const tls = (files: { readonly cert: string; readonly key: string }): unknown => tlsRefs(database.caFile, files);
  const appctl = path.join(lab.dir, 'bin', 'appctl');
  const fence = writeFenceScript(lab);
  return {
    ...commonStoreSection(values, options),
    cluster: {
      name: PAIR_CLUSTER,
      nodes: database.nodes.map((n) => ({ name: n.name, host: n.host, port: options.nodePorts?.[n.name] ?? n.port })),
      primary: database.preferredPrimary,
      database: database.name,
      role: database.roles.orchestrator.user,
      tls: tls(database.roles.orchestrator),
    },
    application: {
      hostHeader: application.instances[0]?.hostHeader,
      instances: application.instances.map((i) => ({ name: i.name, url: `http://${i.address}:${i.port}`, clientAddress: i.address })),
      admin: { token: ref(admin.tokenFile), clientCert: ref(admin.clientCertificateFile), otpSeed: ref(admin.otpSeedFile) },
      login: { role: database.roles.application.user, tls: tls(database.roles.application) },
      timeout: '1s',
      ...(options.staleAfter === undefined ? {} : { rowRules: { staleAfter: options.staleAfter } }),
    },
    workload: {
      exec: {
        start: [appctl, '{instance}', 'start'],
        stop: [appctl, '{instance}', 'stop'],
        kill: [appctl, '{instance}', 'kill'],
        status: [appctl, '{instance}', 'status'],
      },
    },
    configSource: {
      envFile: {
        file: application.envFile,
        key: application.dsnKey,
        ...(application.dsnPath === null ? {} : { path: [application.dsnPath] }),
      },
    },
    tradingPause:
      options.pause === 'none'
        ? { none: { manualKill: 'Press the red button on the desk.' } }
        : {
            http: {
              url: trading.pauseUrl.replace(/\/pause$/, ''),
              token: ref(trading.tokenFile),
              timeout: '1s',
              honoursKey: true,
              restingOrders: trading.restingOrders,
              manualKill: 'Press the red button on the desk.',
              settle: '3s',
            },
          },
    fence:
      options.fence === false ? { none: {} } : { exec: { class: 'H', fence: [fence, 'put', '{node}'], read: [fence, 'read', '{node}'] } },
    times: { ...LAB_TIMES, ...options.times },
  };
}

/** Writes the configuration and returns its path. */
export function writeLabConfig(
  lab: Lab,
  people: readonly LabPerson[],
  options: LabConfigOptions = {},
): { readonly file: string; readonly store: string } {
  const values = lab.configValues();
  return writeConfigFile(lab, values, people, PAIR_CLUSTER, storeSection(lab, values, options), options);
}
