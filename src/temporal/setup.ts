/** What Holdfast needs of a namespace: its search attributes. `holdfast temporal setup` registers them; worker and gateway check at start. */
import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../workflows/messages.js';

/** Numbers of temporal.api.enums.v1.IndexedValueType. */
const INDEXED_VALUE_TYPE = { KEYWORD: 2, BOOL: 5 } as const;

/** Names that are not registered in the client's namespace, by type. */
export async function missingAttributes(client: Client): Promise<Readonly<Record<string, 'KEYWORD' | 'BOOL'>>> {
  const known = await client.connection.operatorService.listSearchAttributes({ namespace: client.options.namespace });
  return Object.fromEntries(
    Object.values(SEARCH_ATTRIBUTES)
      .filter((key) => !(key.name in (known.customAttributes ?? {})))
      .map((key) => [key.name, key.type === 'BOOL' ? 'BOOL' : 'KEYWORD'] as const),
  );
}

/** Registers what is missing. Repeatable. Returns the names that were added. */
export async function setUpNamespace(client: Client): Promise<readonly string[]> {
  const missing = await missingAttributes(client);
  const names = Object.keys(missing);
  if (names.length > 0) {
    await client.connection.operatorService.addSearchAttributes({
      namespace: client.options.namespace,
      searchAttributes: Object.fromEntries(Object.entries(missing).map(([name, type]) => [name, INDEXED_VALUE_TYPE[type]])),
    });
  }
  return names;
}
