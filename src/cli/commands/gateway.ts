import { HoldfastError } from '../../domain/errors.js';
import { buildGateway } from '../../gateway/app.js';
import { createDurableAlerts } from '../../gateway/durable-alerts.js';
import { createAlertClient } from '../../gateway/temporal-alert-client.js';
import { createGatewayMetrics } from '../../observability/gateway-metrics.js';
import { createLogger } from '../../observability/logger.js';
import { connectClient } from '../../temporal/client.js';
import { missingAttributes } from '../../temporal/setup.js';
import { resolveSecret } from '../../wiring.js';
import type { CliContext, CommandResult, CommonOptions } from '../context.js';

/** Receives alerts until it is told to end; then answers what it has taken and closes. */
export async function gatewayCommand(context: CliContext, options: CommonOptions & { readonly listen?: string }): Promise<CommandResult> {
  const { config } = await context.load(options.config);
  const sources = Object.entries(config.gateway.sources).flatMap(([name, source]) => (source === undefined ? [] : [name]));
  if (sources.length === 0)
    throw new HoldfastError('HF_CONFIG_INVALID', 'No source has a credential, so nothing could be received.', {
      'gateway.sources': 'is empty — configure alertmanager or generic',
    });
  const client = await connectClient(config.temporal);
  try {
    const missing = Object.keys(await missingAttributes(client));
    if (missing.length > 0) throw new HoldfastError('HF_TEMPORAL_NOT_SET_UP', `Missing: ${missing.join(', ')}.`, {});
    const log = createLogger('holdfast-gateway', { level: context.environment['HOLDFAST_LOG'] ?? 'info' });
    const now = () => context.now();
    const app = buildGateway({
      config,
      starter: createDurableAlerts(createAlertClient(client), now),
      metrics: createGatewayMetrics(),
      resolveSecret,
      log,
      now,
    });
    const { host, port } = splitAddress(options.listen ?? config.gateway.listen);
    const address = await app.listen({ host, port });
    context.err(`gateway listens on ${address} for ${sources.join(' and ')}`);
    await new Promise<void>((resolve) => {
      if (context.signal.aborted) resolve();
      else context.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await app.close();
    return { data: { address, ended: true }, text: 'gateway ended' };
  } finally {
    await client.connection.close();
  }
}

/** `host:port`, with brackets around an IPv6 host. */
function splitAddress(listen: string): { readonly host: string; readonly port: number } {
  const separator = listen.lastIndexOf(':');
  return { host: listen.slice(0, separator).replace(/^\[|\]$/g, ''), port: Number(listen.slice(separator + 1)) };
}
