import type { World, WorldInstance, WorldNode } from './types.js';

/** The node by its name; a name that does not exist is a mistake of the test. */
export function nodeOf(world: World, name: string): WorldNode {
  const node = world.nodes.get(name);
  if (node === undefined) throw new Error(`no node ${name} in this world`);
  return node;
}

/** The node that listens on this address. */
export function nodeAt(world: World, host: string, port: number): WorldNode | undefined {
  return [...world.nodes.values()].find((node) => node.host === host && node.port === port);
}

/** The instance by its name; a name that does not exist is a mistake of the test. */
export function instanceOf(world: World, name: string): WorldInstance {
  const instance = world.instances.get(name);
  if (instance === undefined) throw new Error(`no instance ${name} in this world`);
  return instance;
}
