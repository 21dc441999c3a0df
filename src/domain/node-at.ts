import type { PlannedNode } from './plan.js';

type Address = Pick<PlannedNode, 'host' | 'port'>;

/** The node that stands at an address, such as the one the application is pointed at; undefined for a name, VIP, proxy or pooler. */
export function nodeAt<Node extends Address>(nodes: readonly Node[], address: Address | undefined): Node | undefined {
  return nodes.find(({ host, port }) => host === address?.host && port === address.port);
}
