/** Builds the workflow bundle ahead of time: `node dist/src/temporal/bundle.js` (part of `npm run build`). */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { dataConverter } from './data-converter.js';

/** Where the pre-built bundle lies: beside the compiled workflows. */
export function bundlePath(): string {
  return fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
}

/** Bundles the workflows next to this module. Source (.ts) and compiled (.js) trees both work. */
export async function buildBundle(): Promise<{ readonly code: string }> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const workflowFile = (name: string): string => fileURLToPath(new URL(`../workflows/${name}.${extension}`, import.meta.url));
  const { payloadConverterPath } = dataConverter();
  return bundleWorkflowCode({
    workflowsPath: workflowFile('index'),
    workflowInterceptorModules: [workflowFile('reserved-names')],
    ...(payloadConverterPath === undefined ? {} : { payloadConverterPath }),
    logger: {
      log: () => undefined,
      trace: () => undefined,
      debug: () => undefined,
      info: () => undefined,
      warn: (m: string) => console.warn(m),
      error: (m: string) => console.error(m),
    },
  });
}

if (process.argv[1] !== undefined && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { code } = await buildBundle();
  writeFileSync(bundlePath(), code);
}
