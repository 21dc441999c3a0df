/** What anybody can send past every client library: raw payloads under any name (the Temporal UI offers encodings that nothing reads). */
import { randomUUID } from 'node:crypto';
import type { Payload } from '@temporalio/common';
import type { TemporalEnv } from '../../support/temporal-env.js';

type Payloads = Payload[];

const payload = (encoding: string, data: string | Uint8Array): Payloads[number] => ({
  metadata: { encoding: Buffer.from(encoding) },
  data: typeof data === 'string' ? Buffer.from(data) : data,
});
const json = (value: unknown): Payloads => [payload('json/plain', JSON.stringify(value))];

function nested(depth: number): unknown {
  let value: unknown = 'deep';
  for (let n = 0; n < depth; n += 1) value = { gate: value };
  return value;
}

/** Every kind of nonsense, by a name for the failing test. */
export const NONSENSE: Readonly<Record<string, Payloads>> = {
  'no payload': [],
  'an empty payload': [{}],
  'no data': [{ metadata: { encoding: Buffer.from('json/plain') } }],
  'json/protobuf': [payload('json/protobuf', '{"gate":"promote"}')],
  'binary/protobuf': [payload('binary/protobuf', new Uint8Array([8, 150, 1]))],
  'binary/plain': [payload('binary/plain', new Uint8Array([0, 255, 128]))],
  'binary/null': [payload('binary/null', '')],
  'an unknown encoding': [payload('text/klingon', 'Qapla’')],
  'broken JSON': [payload('json/plain', '{"gate":')],
  'two payloads': [...json({ gate: 'promote' }), ...json({ gate: 'resume' })],
  null: json(null),
  'an array': json(['promote', 'approve']),
  'a number': json(7),
  'a string of 1 MB': json('x'.repeat(1_000_000)),
  'deep nesting': json(nested(2_000)),
  'wrong types': json({ schema: 'one', gate: 7, option: ['approve'], code: { a: 1 }, by: null, source: 4, fingerprint: [], status: 1 }),
  'a prototype': [payload('json/plain', '{"__proto__":{"gate":"promote"},"constructor":{"option":"approve"}}')],
};

/** Sends a signal past the client library. */
export async function rawSignal(env: TemporalEnv, workflowId: string, signalName: string, payloads: Payloads): Promise<void> {
  await env.client.workflowService.signalWorkflowExecution({
    namespace: env.namespace,
    workflowExecution: { workflowId },
    signalName,
    input: { payloads },
    identity: 'somebody',
    requestId: randomUUID(),
  });
}

/** Sends the Update `decide` past the client library; returns the code and the words of its failure, or nothing when it was accepted. */
export async function rawUpdate(
  env: TemporalEnv,
  workflowId: string,
  name: string,
  payloads: Payloads,
): Promise<{ readonly type: string; readonly message: string } | undefined> {
  const answer = await env.client.workflowService.updateWorkflowExecution({
    namespace: env.namespace,
    workflowExecution: { workflowId },
    waitPolicy: { lifecycleStage: 3 }, // COMPLETED
    request: { meta: { updateId: randomUUID(), identity: 'somebody' }, input: { name, args: { payloads } } },
  });
  const failure = answer.outcome?.failure;
  if (failure === null || failure === undefined) return undefined;
  return { type: failure.applicationFailureInfo?.type ?? '', message: failure.message ?? '' };
}

/** Sends a query past the client library; returns its answer as text. */
export async function rawQuery(env: TemporalEnv, workflowId: string, queryType: string, payloads: Payloads): Promise<string> {
  const answer = await env.client.workflowService.queryWorkflow({
    namespace: env.namespace,
    execution: { workflowId },
    query: { queryType, queryArgs: { payloads } },
  });
  return Buffer.from(answer.queryResult?.payloads?.[0]?.data ?? []).toString('utf8');
}
