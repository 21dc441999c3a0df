// Builds what the Kubernetes lab needs ahead of its first use, so that no test has to wait for it.
import { kubernetesPrograms } from '../programs.js';

kubernetesPrograms({ onProgress: (line) => console.log(line) }).then(
  (programs) => console.log(Object.values(programs).join('\n')),
  (error: unknown) => {
    console.error((error as Error).message);
    process.exitCode = 1;
  },
);
