/** What is so at the end, asked by the demo itself at the database, the application and the trading engine: not Holdfast’s word. */
import http from 'node:http';
import type { Instance, Lab, NodeName } from '../../../lab/index.js';
import type { RunResult } from '../../domain/run-facts.js';

/** The end state, and whether it is what the run claims. */
export interface World {
  readonly lines: readonly (readonly [where: string, says: string])[];
  /** Differences between the run’s claim and what was seen; empty when they agree. */
  readonly contradictions: readonly string[];
}

interface Health {
  readonly status: number;
  readonly engaged: boolean | undefined;
}

const ASK_MS = 3000;

/** node:http, since fetch would not send the Host header that the application asks for. */
function health(instance: Instance): Promise<Health> {
  return new Promise((resolve, reject) => {
    const request = http.get(instance.healthUrl, { headers: { host: instance.hostHeader }, agent: false, timeout: ASK_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, engaged: engagedIn(Buffer.concat(chunks).toString('utf8')) }));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', reject);
  });
}

function engagedIn(body: string): boolean | undefined {
  const flag = /"kill_switch_engaged"\s*:\s*(true|false)/.exec(body)?.[1];
  return flag === undefined ? undefined : flag === 'true';
}

const switchWords = (engaged: boolean): string => (engaged ? 'ENGAGED' : 'clear (not engaged)');

/** Asks everybody, and compares with what the run says. */
export async function readWorld(lab: Lab, result: RunResult): Promise<World> {
  const { target } = result;
  const contradictions: string[] = [];
  const lines: [string, string][] = [];
  if (target !== undefined) {
    const [row] = await lab.pair.sql<{ engaged: boolean; reason: string; age: string }>(
      target.node as NodeName,
      `select engaged, reason, round(extract(epoch from now() - updated_at))::text as age from kill_switch_state where id = 1`,
    );
    lines.push([
      `database ${target.node}`,
      row === undefined
        ? 'has no row'
        : `${switchWords(row.engaged)}${row.reason === '' ? '' : `, “${row.reason}”`}, last written ${row.age} s ago`,
    ]);
    if (row?.engaged !== result.row?.engaged) contradictions.push(`the row on ${target.node} is not the one the run states`);
  }
  const answers = await Promise.all(
    lab.instances.map((instance) => health(instance).catch((): Health => ({ status: 0, engaged: undefined }))),
  );
  lab.instances.forEach((instance, index) => {
    const { status, engaged } = answers[index] ?? { status: 0, engaged: undefined };
    const ready = status === 200 ? 'ready' : status === 0 ? 'no answer' : `HTTP ${status}`;
    lines.push([
      instance.name,
      engaged === undefined ? ready : `${switchWords(engaged)}, ${engaged ? `not ready on purpose (${ready})` : ready}`,
    ]);
    if (result.outcome.startsWith('verified') && engaged !== result.row?.engaged)
      contradictions.push(`${instance.name} does not say what the run states`);
  });
  const { paused } = lab.trading.state();
  lines.push(['trading', paused ? 'stands still' : 'runs']);
  if (result.outcome === 'verified' && paused) contradictions.push('the trading engine is still paused');
  if (result.outcome !== 'verified' && !paused) contradictions.push('the trading engine runs');
  const told = ['on-call', 'risk', 'operations'].map((who) => `${who} ${lab.receivers.received(who).length}`);
  lines.push(['messages', told.join(', ')]);
  return { lines, contradictions };
}
