import type { CommonOptions } from './context.js';
import type { Registrar } from './program.js';

/** Verbs that run until they are told to end. Their code is imported late: it brings servers and a native library. */
export function registerServices(registrar: Registrar): void {
  const { context, program, verb, does } = registrar;

  const worker = verb(program, 'worker', 'Run workflows and activities until told to end.', [
    'holdfast worker --config /etc/holdfast/holdfast.yaml',
    'holdfast worker --health 127.0.0.1:8781',
  ]).option('--health <host:port>', 'serve GET /healthz and /readyz');
  does<CommonOptions & { readonly health?: string }>(worker, async (_words, options) =>
    (await import('./commands/worker.js')).workerCommand(context, options),
  );

  const gateway = verb(program, 'gateway', 'Receive alerts until told to end: POST /alerts/alertmanager, POST /alerts/generic.', [
    'holdfast gateway',
    'holdfast gateway --listen 0.0.0.0:8780',
  ]).option('--listen <host:port>', 'overrides gateway.listen');
  does<CommonOptions & { readonly listen?: string }>(gateway, async (_words, options) =>
    (await import('./commands/gateway.js')).gatewayCommand(context, options),
  );
}
