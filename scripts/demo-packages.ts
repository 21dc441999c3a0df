// Before `make demo ARGS="--patroni --kubernetes"`: as root on Debian, installs the packages that the demo runs, as `make test` does.
// Where nothing can be installed it says nothing: the demo itself says what is missing, and the command that brings it.
import { fileURLToPath } from 'node:url';
import { installHostPackages, mayInstall, wantedPackages } from './lib/host-setup.js';
import { lookAtMachine } from './prerequisites.js';

const root = fileURLToPath(new URL('..', import.meta.url));
if (mayInstall() && wantedPackages(['patroni', 'kubernetes'], lookAtMachine().needs).length > 0) await installHostPackages(root);
