/**
 * `make record`: plays every scenario over in-memory worlds on a real server and keeps each history. A history that is there stays as it
 * is, since it stands for runs that are open somewhere; `--overwrite` replaces those of this version, before it is released.
 * Names of scenarios as arguments record only those.
 */
import { VERSION } from '../../src/domain/version.js';
import { startTemporalEnv } from '../support/temporal-env.js';
import { jsonOf, recordedHistories, secretsIn, writeHistory } from './histories.js';
import { playScenario, SCENARIOS } from './scenarios.js';

const args = process.argv.slice(2);
const overwrite = args.includes('--overwrite');
const asked = args.filter((arg) => !arg.startsWith('--'));
const names = asked.length > 0 ? asked : Object.keys(SCENARIOS);
const kept = new Set(
  recordedHistories()
    .filter((r) => r.version === VERSION)
    .map((r) => r.scenario),
);
const wanted = names.filter((name) => overwrite || !kept.has(name));
for (const name of names.filter((n) => !wanted.includes(n))) console.log(`kept      ${VERSION}-${name}`);

if (wanted.length > 0) {
  const env = await startTemporalEnv();
  try {
    await Promise.all(
      wanted.map(async (name) => {
        const { workflowId, runId } = await playScenario(env, name);
        const history = await env.client.workflow.getHandle(workflowId, runId).fetchHistory();
        const json = jsonOf(history);
        const secrets = secretsIn(json);
        if (secrets.length > 0) throw new Error(`${name}: the history holds what looks like a secret: ${secrets.join(', ')}`);
        writeHistory(`${VERSION}-${name}`, json);
        console.log(`recorded  ${VERSION}-${name}: ${history.events?.length ?? 0} events`);
      }),
    );
  } finally {
    await env.close();
  }
}
