/** What is so at the end, asked by the demo itself at the database, the application and the trading engine: not Holdfast’s word. */
import type { BaseLab, Lab, NodeName } from '../../../lab/index.js';
import type { RunResult } from '../../domain/run-facts.js';
import { healthOf, type Health } from './world-health.js';

/** The end state, and whether it is what the run claims. */
export interface World {
  readonly lines: readonly (readonly [where: string, says: string])[];
  /** Differences between the run’s claim and what was seen; empty when they agree. */
  readonly contradictions: readonly string[];
}

/** The row of the switch, as `ROW_SQL` asks for it. */
export interface SeenRow {
  readonly engaged: boolean;
  readonly reason: string;
  /** Seconds since it was written. */
  readonly age: string;
}

/** What is asked at the database. */
export const ROW_SQL = `select engaged, reason, round(extract(epoch from now() - updated_at))::text as age from kill_switch_state where id = 1`;

const AGREED: World = { lines: [], contradictions: [] };
const switchWords = (engaged: boolean): string => (engaged ? 'ENGAGED' : 'clear (not engaged)');
const when = (contradicts: boolean, sentence: string): readonly string[] => (contradicts ? [sentence] : []);

/** Joins what was asked in several places. Pure. */
export function together(...parts: readonly World[]): World {
  return { lines: parts.flatMap((part) => part.lines), contradictions: parts.flatMap((part) => part.contradictions) };
}

/** The row on a node. Pure. */
export function rowSeen(node: string, row: SeenRow | undefined, result: RunResult): World {
  const says =
    row === undefined
      ? 'has no row'
      : `${switchWords(row.engaged)}${row.reason === '' ? '' : `, “${row.reason}”`}, last written ${row.age} s ago`;
  return {
    lines: [[`database ${node}`, says]],
    contradictions: when(row?.engaged !== result.row?.engaged, `the row on ${node} is not the one the run states`),
  };
}

/** What an instance says. Pure. */
export function instanceSeen(name: string, { status, engaged }: Health, result: RunResult): World {
  const ready = status === 200 ? 'ready' : status === 0 ? 'no answer' : `HTTP ${status}`;
  const says = engaged === undefined ? ready : `${switchWords(engaged)}, ${engaged ? `not ready on purpose (${ready})` : ready}`;
  return {
    lines: [[name, says]],
    contradictions: when(
      result.outcome.startsWith('verified') && engaged !== result.row?.engaged,
      `${name} does not say what the run states`,
    ),
  };
}

/** Whether trading runs. Pure. */
export function tradingSeen(paused: boolean, says: string, result: RunResult): World {
  return {
    lines: [['trading', says]],
    contradictions: [
      ...when(result.outcome === 'verified' && paused, 'the trading engine is still paused'),
      ...when(result.outcome !== 'verified' && !paused, 'the trading engine runs'),
    ],
  };
}

/** How many messages each pager has. */
export function messagesSeen({ receivers }: Pick<BaseLab, 'receivers'>): World {
  const told = ['on-call', 'risk', 'operations'].map((who) => `${who} ${receivers.received(who).length}`);
  return { lines: [['messages', told.join(', ')]], contradictions: [] };
}

/** Asks everybody in a lab with a pair, and compares with what the run says. */
export async function pairWorld(lab: Lab, result: RunResult): Promise<World> {
  const { target } = result;
  const database = async (): Promise<World> => {
    if (target === undefined) return AGREED;
    const [row] = await lab.pair.sql<{ engaged: boolean; reason: string; age: string }>(target.node as NodeName, ROW_SQL);
    return rowSeen(target.node, row, result);
  };
  const instances = lab.instances.map(async ({ name, healthUrl, hostHeader }) =>
    instanceSeen(name, await healthOf(healthUrl, hostHeader), result),
  );
  const { paused } = lab.trading.state();
  return together(
    await database(),
    ...(await Promise.all(instances)),
    tradingSeen(paused, paused ? 'stands still' : 'runs', result),
    messagesSeen(lab),
  );
}
