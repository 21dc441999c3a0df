import { existsSync } from 'node:fs';
import path from 'node:path';
import { packageRoot, packageVersion } from '../package-root.js';
import { fail, ok, warn } from './item.js';
import type { CheckItem } from './item.js';

/** The floor of package.json’s `engines`. */
const NODE_FLOOR = [20, 19] as const;

/** Whether this installation is whole. */
export function checkInstall(): readonly CheckItem[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const enough = major > NODE_FLOOR[0] || (major === NODE_FLOOR[0] && minor >= NODE_FLOOR[1]);
  const bundle = path.join(packageRoot(), 'dist', 'src', 'workflow-bundle.js');
  const migrations = path.join(packageRoot(), 'migrations');
  return [
    ok('holdfast', packageVersion()),
    enough
      ? ok('node', process.versions.node)
      : fail('node', `${process.versions.node}; at least ${NODE_FLOOR.join('.')} is needed`, 'Install a newer Node.'),
    existsSync(bundle)
      ? ok('workflow bundle', bundle)
      : warn('workflow bundle', 'not built ahead: the worker starts slowly', 'Run `npm run build`.'),
    existsSync(migrations) ? ok('migrations', migrations) : fail('migrations', `${migrations} is missing`, 'Install the package again.'),
  ];
}
