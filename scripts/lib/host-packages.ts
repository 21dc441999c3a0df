import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** A package of the distribution, and how one sees that what it brings is there, however it came. */
export interface HostPackage {
  readonly name: string;
  readonly brings:
    | { readonly program: string }
    /** Server programs of PostgreSQL, which the distribution keeps off PATH. */
    | { readonly postgresTools: readonly string[]; readonly atLeast: number }
    | { readonly pythonModules: readonly string[] };
}

/** What the labs of Kubernetes, Patroni, Prometheus and network namespaces need beyond npm, pip and Go modules. */
export const hostPackages: readonly HostPackage[] = [
  { name: 'etcd-server', brings: { program: 'etcd' } },
  // 15 on Debian 12, newer on later ones.
  { name: 'postgresql', brings: { postgresTools: ['postgres', 'initdb', 'pg_basebackup', 'pg_rewind', 'pg_controldata'], atLeast: 15 } },
  { name: 'prometheus', brings: { program: 'prometheus' } },
  { name: 'prometheus-alertmanager', brings: { program: 'prometheus-alertmanager' } },
  { name: 'iproute2', brings: { program: 'ip' } },
  { name: 'nftables', brings: { program: 'nft' } },
  { name: 'python3-venv', brings: { pythonModules: ['venv', 'ensurepip'] } },
];

const administration = ['/usr/local/sbin', '/usr/sbin', '/sbin'];
const postgresHome = '/usr/lib/postgresql';
const systemPython = '/usr/bin/python3';

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** True when what the package brings can be found: on PATH or among the programs of administration, or where the distribution keeps it. */
export function isPresent({ brings }: HostPackage): boolean {
  if ('program' in brings) {
    const folders = [...(process.env['PATH'] ?? '').split(path.delimiter).filter((each) => each !== ''), ...administration];
    return folders.some((folder) => isExecutable(path.join(folder, brings.program)));
  }
  if ('postgresTools' in brings) {
    const versions = existsSync(postgresHome) ? readdirSync(postgresHome).filter((each) => Number(each) >= brings.atLeast) : [];
    return versions.some((version) => brings.postgresTools.every((tool) => isExecutable(path.join(postgresHome, version, 'bin', tool))));
  }
  return spawnSync(systemPython, ['-c', `import ${brings.pythonModules.join(', ')}`], { stdio: 'ignore' }).status === 0;
}
