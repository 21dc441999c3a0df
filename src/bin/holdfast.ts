#!/usr/bin/env node
import { runCli } from '../cli/program.js';
import { realContext } from '../cli/real-context.js';

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

const ending = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  // The first one asks politely; the second one finds no listener and ends the process.
  process.once(name, () => ending.abort());
}
process.exitCode = await runCli(process.argv.slice(2), realContext(ending.signal));
// A connection that a failed start left open must not keep the process; output that is still being written gets its second.
setTimeout(() => process.exit(), 1000).unref();
