/** Alerts through the real gateway: answered 2xx only when durable, one acting run a cluster, nothing lost. */
import { expect, test } from 'vitest';
import type { Stage } from '../../src/cli/demo/stage.js';
import { remember } from './support/expectations.js';
import { gate, play } from './support/people.js';
import { onStage } from './support/stage.js';

const alert = (fingerprint: string, labels: Readonly<Record<string, string>> = {}): Readonly<Record<string, unknown>> => ({
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'KillSwitchStoreDown', cluster: 'lab-pair', severity: 'critical', ...labels },
      annotations: {},
      startsAt: new Date().toISOString(),
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'http://prometheus.lab.test',
      fingerprint,
    },
  ],
});

/** Ids of the acting runs that Temporal knows, open and closed; counted by the server, not by Holdfast. */
async function actingRuns(stage: Stage): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const each of stage.client.workflow.list({ query: `WorkflowType = 'failover'` })) ids.push(each.runId);
  return ids;
}

async function untilListed(stage: Stage, atLeast: number): Promise<readonly string[]> {
  for (let looks = 0; looks < 100; looks += 1) {
    const ids = await actingRuns(stage);
    if (ids.length >= atLeast) return ids;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Temporal lists fewer than ${atLeast} acting runs`);
}

test('promise S8: a second alert, and one of another store of the cluster, join the acting run', () =>
  onStage({ secondStore: 'risk-limits' }, async (stage) => {
    await stage.lab.faults.killNode('a');
    expect((await stage.postAlert(alert('aaaa0001'))).status).toBe(200);
    await gate(stage, 'promote');
    expect((await stage.postAlert(alert('aaaa0002'))).status).toBe(200);
    expect((await stage.postAlert(alert('aaaa0003', { store: 'risk-limits' }))).status).toBe(200);
    // The same alert once more is the same alert.
    const facts = await stage.until('all alerts recorded', (f) => f.alerts.recorded >= 3);
    expect(facts.alerts.recorded).toBe(3);
    expect(await untilListed(stage, 1)).toHaveLength(1);
    const result = await play(stage);
    expect(result.outcome).toBe('verified');
    expect(await untilListed(stage, 1), 'still one run').toHaveLength(1);
  }));

test('promise S10: no 2xx while Temporal is away, and the alert that is delivered again starts the run', () =>
  onStage({}, async (stage) => {
    await stage.lab.faults.killTemporal();
    const refused = await stage.postAlert(alert('bbbb0001'));
    expect(refused.status).toBe(503);
    expect(((await refused.json()) as { readonly error: { readonly code: string } }).error.code).toBe('HF_ALERT_NOT_DURABLE');
    await stage.lab.faults.killNode('a');
    await stage.lab.faults.restartTemporal();
    let status = 503;
    for (let tries = 0; status === 503 && tries < 40; tries += 1) {
      status = (await stage.postAlert(alert('bbbb0001'))).status;
      if (status === 503) await new Promise((resolve) => setTimeout(resolve, 250));
    }
    expect(status).toBe(200);
    // Durable means: it is in a run now, whoever is killed next.
    const recorded = await stage.until('the alert is in the run', (f) => f.alerts.recorded === 1);
    expect(recorded.workflowId).toBe(`failover:${stage.cluster}`);
    const result = await play(stage);
    expect(result.outcome).toBe('verified');
  }));

test('promise S1: trading is resumed only after every proof, and not while a session is elsewhere', () =>
  onStage({}, async (stage) => {
    await stage.lab.faults.killNode('a');
    expect((await stage.postAlert()).status).toBe(200);
    await gate(stage, 'promote');
    await stage.decide('ana', 'approve');
    await gate(stage, 'resume');
    // The world gets worse after verification and before the yes: one instance dies.
    await stage.lab.faults.killInstance('app-3');
    await stage.decide('ana', 'resume');
    await stage.decide('ben', 'resume').catch(() => undefined);
    const facts = await stage.until(
      'the refusal',
      (f) => f.errors.some((e) => e.code === 'HF_BOUNDS_EXCEEDED') || f.ignored.some((line) => line.includes('gate resume is void')),
    );
    expect([...facts.errors.map((e) => e.message), ...facts.ignored].join('\n')).toContain('app-3');
    expect(stage.lab.trading.state().paused, 'still paused').toBe(true);
    await stage.lab.instances.find((i) => i.name === 'app-3')?.start();
    const result = await play(stage, {
      resume: [
        ['ana', 'resume'],
        ['ben', 'resume'],
      ],
    });
    expect(result.outcome).toBe('verified');
    expect(stage.lab.trading.transitions().map((t) => t.paused)).toEqual([true, false]);
  }));

test('promise S3: a promoted node with another marker is not used', () =>
  onStage({}, async (stage) => {
    const before = remember(stage);
    await stage.lab.faults.killNode('a');
    await stage.lab.pair.promote('b');
    await stage.lab.pair.sql('b', `update holdfast.marker set environment = 'another'`);
    await stage.start();
    const facts = await gate(stage, 'inconclusive');
    expect(facts.judgement?.verdict.code).toBe('wrong-database');
    expect(facts.judgement?.verdict.sentence).toContain('another');
    await stage.decide('ana', 'close');
    const result = await stage.result();
    expect(result.outcome).not.toMatch(/^verified/);
    expect(remember(stage), 'neither pointed nor restarted').toEqual(before);
  }));
