import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';

/**
 * The tolerant converter by path, as worker, client and bundler want it: Temporal requires the file, and plain Node cannot require
 * TypeScript. So from sources (tests, tools) the compiled file is named, when there is one, and else the source, for loaders that can.
 */
export function dataConverter(): DataConverter {
  const beside = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  if (!import.meta.url.endsWith('.ts')) return { payloadConverterPath: beside('./payload-converter.js') };
  const compiled = beside('../../dist/src/temporal/payload-converter.js');
  return { payloadConverterPath: existsSync(compiled) ? compiled : beside('./payload-converter.ts') };
}
