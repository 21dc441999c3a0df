/** Promise S6 on a whole run: every secret of the lab is looked for in everything that Holdfast left behind. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { archiveFolder, type Stage } from '../../src/cli/demo/stage.js';
import { manualQuery, cardQuery } from '../../src/workflows/messages.js';
import { gate, play } from './support/people.js';
import { onStage } from './support/stage.js';
import { envFileOf } from './support/world.js';

/** Every way in which a secret could be written down. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('hex'),
  ];
}

/** Collects all texts inside a value; bytes (payloads of history) are read as text. */
function textsIn(value: unknown, into: string[] = []): string[] {
  if (typeof value === 'string') into.push(value);
  else if (value instanceof Uint8Array) into.push(Buffer.from(value).toString('utf8'));
  else if (Array.isArray(value)) for (const each of value) textsIn(each, into);
  else if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) textsIn(each, into);
  return into;
}

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));
}

/** Histories, memos and search attributes of every workflow of the namespace. */
async function histories(stage: Stage): Promise<string> {
  const texts: string[] = [];
  for await (const each of stage.client.workflow.list()) {
    texts.push(JSON.stringify({ memo: each.memo, attributes: each.typedSearchAttributes }));
    textsIn(await stage.client.workflow.getHandle(each.workflowId, each.runId).fetchHistory(), texts);
  }
  return texts.join('\n');
}

test('promise S6: no secret in histories, logs, metrics, archive, report, pages, cards or output', () =>
  onStage({ workerMetrics: true }, async (stage) => {
    const { lab, configFile, store } = stage;
    await lab.faults.killNode('a');
    expect((await stage.postAlert()).status).toBe(200);
    // Refusals and failures talk the most: some are made on purpose.
    await fetch(`${stage.gatewayUrl}/alerts/alertmanager`, {
      method: 'POST',
      headers: { authorization: `Bearer ${lab.secrets.values['alert-token']}x` },
      body: '{}',
    });
    await gate(stage, 'promote');
    const card = await stage.client.workflow.getHandle(`failover:${stage.cluster}`).query(cardQuery);
    const manual = await stage.client.workflow.getHandle(`failover:${stage.cluster}`).query(manualQuery);
    await lab.faults.wrongCertificate('b');
    const outputs = [
      await stage.cli(['check', '--store', store, '--config', configFile]),
      await stage.cli(['config', 'show', '--config', configFile]),
      await stage.cli(['status', store, '--manual', '--config', configFile]),
      await stage.cli(['status', store, '--config', configFile, '--output', 'json']),
    ].map((end) => end.output);
    await lab.faults.rightCertificate('b');
    const result = await play(stage, {
      promote: [['ana', 'approve']],
      inconclusive: [['ana', 'recheck']],
      resume: [
        ['ana', 'resume'],
        ['ben', 'resume'],
      ],
    });
    expect(result.outcome).toBe('verified');
    // The report is a child of its own: it is awaited, so that it is searched too.
    for await (const each of stage.client.workflow.list({ query: `WorkflowType = 'afterwards'` }))
      await stage.client.workflow.getHandle(each.workflowId).result();

    const metrics = await Promise.all(stage.metricsUrls.map(async (url) => (await fetch(url)).text()));
    expect(metrics.map((text) => text.includes('# TYPE'))).toEqual([true, true]);
    const places: Readonly<Record<string, string>> = {
      histories: await histories(stage),
      logs: filesUnder(path.join(lab.dir, 'logs')).join('\n'),
      archive: filesUnder(archiveFolder(lab)).join('\n'),
      metrics: metrics.join('\n'),
      pages: lab.receivers
        .received()
        .map((d) => d.body + JSON.stringify(d.headers))
        .join('\n'),
      output: outputs.join('\n'),
      cards: `${card}\n${manual}\n${result.summary}`,
      configuration: readFileSync(configFile, 'utf8'),
    };
    for (const [place, text] of Object.entries(places)) expect(text.length, `${place} has something to search`).toBeGreaterThan(20);
    expect(places['histories']).toContain('Evidence code');
    expect(places['archive']).toContain(store);
    const found = Object.entries(places).flatMap(([place, text]) =>
      Object.entries(lab.secrets.values).flatMap(([name, secret]) =>
        formsOf(secret).some((form) => text.includes(form)) ? [`${name} in ${place}`] : [],
      ),
    );
    expect(found).toEqual([]);
    // The search does find a secret where one is: the application's own env file holds its password.
    expect(formsOf(lab.secrets.values['dsn-password']).some((form) => envFileOf(stage).includes(form))).toBe(true);
  }));
