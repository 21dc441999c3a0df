/** Connections to Temporal by the standard TEMPORAL_* profile: a laptop's dev server, a self-hosted cluster and Temporal Cloud alike. */
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { HoldfastError } from '../domain/errors.js';
import { dataConverter } from './data-converter.js';

export interface TemporalSettings {
  readonly profile?: string;
  /** Overrides the profile. */
  readonly address?: string;
  readonly namespace?: string;
}

/** Address, TLS and key of the profile, with the configuration's overrides on top. */
export function connectConfig(settings: TemporalSettings): {
  readonly connectionOptions: { readonly address?: string };
  readonly namespace: string;
} {
  const loaded = loadClientConnectConfig(settings.profile === undefined ? {} : { profile: settings.profile });
  return {
    connectionOptions: { ...loaded.connectionOptions, ...(settings.address === undefined ? {} : { address: settings.address }) },
    namespace: settings.namespace ?? loaded.namespace ?? 'default',
  };
}

/** A client that fails in words. Errors: HF_TEMPORAL_UNREACHABLE with the address. */
export async function connectClient(settings: TemporalSettings): Promise<Client> {
  const { connectionOptions, namespace } = connectConfig(settings);
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: 5000 });
    return new Client({ connection, namespace, dataConverter: dataConverter() });
  } catch (error) {
    throw new HoldfastError(
      'HF_TEMPORAL_UNREACHABLE',
      `Address ${connectionOptions.address ?? '127.0.0.1:7233'}, namespace ${namespace}.`,
      {},
      { cause: error },
    );
  }
}
