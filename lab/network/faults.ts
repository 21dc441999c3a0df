import type { Place } from '../hosts.js';
import { commandIn } from './commands.js';
import { HOST_LINK } from './hub.js';

/**
 * Faults of the network between hosts. All drop packets without a word: connections that are open hang, new ones are neither made nor
 * refused. Each is in force when its call returns, and may be called again. A program's traffic to its own host is never touched.
 */
export interface NetworkFaults {
  /** Cuts a host off from all others and from the lab's own side. */
  cut(hostName: string): void;
  /** Cuts two hosts off from each other, and from nobody else. Hosts on the lab's own side are one: to cut one is to cut all of them. */
  cutBetween(one: string, other: string): void;
  /** Drops what one host sends to another, all of it or TCP to one port. The other way stays open. */
  drop(from: string, to: string, port?: number): void;
  /** Ends every fault that names this host. */
  heal(hostName: string): void;
  /** Ends every fault. */
  healAll(): void;
}

type Fault =
  | { readonly kind: 'cut'; readonly host: string }
  | { readonly kind: 'between'; readonly one: string; readonly other: string }
  | { readonly kind: 'drop'; readonly from: string; readonly to: string; readonly port: number | undefined };

/** A fault as rules in one namespace. */
interface Rules {
  readonly namespace: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
}

const TABLE = 'inet holdfast_lab';

function hostsOf(fault: Fault): readonly string[] {
  switch (fault.kind) {
    case 'cut':
      return [fault.host];
    case 'between':
      return [fault.one, fault.other];
    case 'drop':
      return [fault.from, fault.to];
  }
}

function tableOf(rules: readonly Rules[]): string {
  const input = rules.flatMap((one) => one.input);
  const output = rules.flatMap((one) => one.output);
  // Declared before it is deleted, so that the deletion holds whether there was one or not; the whole text is one transaction.
  const clear = `table ${TABLE}\ndelete table ${TABLE}\n`;
  if (input.length + output.length === 0) return clear;
  const chain = (hook: 'input' | 'output', lines: readonly string[]): string =>
    `chain ${hook} { type filter hook ${hook} priority 0; policy accept;\n${lines.map((line) => `${line} drop\n`).join('')}}\n`;
  return `${clear}table ${TABLE} {\n${chain('input', input)}${chain('output', output)}}\n`;
}

/**
 * Keeps the faults of one network, and writes those of a namespace anew, in one transaction, whenever one comes or goes.
 * @param place gives a host's place.
 * @param gateway address of every host without a namespace, as the others see it.
 */
export function createNetworkFaults(place: (hostName: string) => Place, gateway: string): NetworkFaults {
  let faults: readonly Fault[] = [];
  const touched = new Set<string>();

  const isolated = (hostName: string): string => {
    const { namespace } = place(hostName);
    if (namespace === undefined) throw new Error(`Host ${hostName} is on the lab's own side: it cannot be cut off alone.`);
    return namespace;
  };
  const seenAs = (hostName: string): string => {
    const { address, namespace } = place(hostName);
    return namespace === undefined ? gateway : address;
  };

  const rulesOf = (fault: Fault): Rules => {
    switch (fault.kind) {
      case 'cut':
        return { namespace: isolated(fault.host), input: [`iifname "${HOST_LINK}"`], output: [`oifname "${HOST_LINK}"`] };
      case 'between': {
        const [here, there] = place(fault.one).namespace === undefined ? [fault.other, fault.one] : [fault.one, fault.other];
        return { namespace: isolated(here), input: [`ip saddr ${seenAs(there)}`], output: [`ip daddr ${seenAs(there)}`] };
      }
      case 'drop': {
        const port = fault.port === undefined ? '' : ` tcp dport ${fault.port}`;
        // At the receiver where possible: a sender is told when its own packet filter drops.
        return place(fault.to).namespace === undefined
          ? { namespace: isolated(fault.from), input: [], output: [`ip daddr ${seenAs(fault.to)}${port}`] }
          : { namespace: isolated(fault.to), input: [`ip saddr ${seenAs(fault.from)}${port}`], output: [] };
      }
    }
  };

  const apply = (next: readonly Fault[]): void => {
    // Reckoned before anything is kept or written: a host that cannot be cut changes nothing.
    const rules = next.map(rulesOf);
    rules.forEach(({ namespace }) => touched.add(namespace));
    for (const namespace of touched) {
      commandIn(namespace, 'nft', ['-f', '-'], tableOf(rules.filter((one) => one.namespace === namespace)));
    }
    faults = next;
  };

  return {
    cut: (host) => apply([...faults, { kind: 'cut', host }]),
    cutBetween: (one, other) => apply([...faults, { kind: 'between', one, other }]),
    drop: (from, to, port) => apply([...faults, { kind: 'drop', from, to, port }]),
    heal: (hostName) => apply(faults.filter((fault) => !hostsOf(fault).includes(hostName))),
    healAll: () => apply([]),
  };
}
