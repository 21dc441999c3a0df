/** Step 3, first half: no old primary may serve the application while it is moved or resumed (promise S4). */
import type { PlannedNode } from '../../domain/plan.js';
import { EpochEnded, RunStopped, type Run } from '../run.js';
import { passGate } from './gate.js';
import type { Sentry } from './sentry.js';

/** Fences every named node and reads it back; what cannot be fenced is an obligation that people must accept at gate `unfenced`. */
export async function fenceOldPrimaries(run: Run, sentry: Sentry, names: readonly string[]): Promise<void> {
  const open = names.filter((name) => !run.fences.some((f) => f.node === name));
  if (open.length === 0) return;
  await run.step('fence', `Keep ${open.join(', ')} from serving`, async () => {
    for (;;) {
      const problems = await fenceAll(run, open);
      if (problems.length === 0) {
        const proofs = run.fences.filter((f) => open.includes(f.node)).map((f) => `${f.node}: class ${f.class}, ${f.proof}`);
        return ['done', proofs.join(' ')] as const;
      }
      const answer = await passGate(run, sentry, {
        gate: 'unfenced',
        topic: run.unfenced.join(', '),
        title: `No fence is in force on ${run.unfenced.join(', ')}.`,
        lines: [
          ...problems,
          'If it comes back it accepts writes: two switches could then say different things, and orders follow the wrong one.',
        ],
        logins: [],
        extraPeople: [],
      });
      if (answer.option === 'proceed') {
        return [
          'failed',
          `Went on unfenced by ${answer.people.join(', ')}: ${run.unfenced.join(', ')}. This obligation stays open.`,
        ] as const;
      }
      if (answer.option === 'done-by-hand') continue; // the fence is read back again
      // Silence or "hold": the run goes no further; trading stays paused and the continuation is handed over.
      throw new RunStopped('handed-over', `No fence on ${run.unfenced.join(', ')}: ${problems.join(' ')}`);
    }
  });
}

async function fenceAll(run: Run, names: readonly string[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const name of names) {
    if (run.fences.some((f) => f.node === name)) continue;
    const node = run.node(name);
    if (node.fence === undefined) {
      problems.push(`${name}: no class of fence is configured.`);
      continue;
    }
    const outcome = await run.ctx.call(
      'fenceNode',
      { store: run.plan.store, node, key: run.key('fence') },
      { summary: `Fence ${name} (class ${node.fence}) and read it back`, effect: 'repeatable', limitMs: 30_000 },
    );
    if (outcome.kind === 'done' && outcome.value.state === 'in-force') {
      run.fences.push({ node: name, class: outcome.value.class, atMs: run.ctx.now(), proof: outcome.value.detail });
    } else {
      const detail = outcome.kind === 'done' ? `${outcome.value.state}: ${outcome.value.detail}` : outcome.error.message;
      problems.push(`${name}: ${detail}`);
      run.fail(run.record('HF_FENCE_FAILED', `${name}: ${detail}`, { rule: 'S4', node: name }));
    }
  }
  // What people accepted earlier stays an obligation until that node is fenced.
  run.unfenced = [...new Set([...run.unfenced, ...names])].filter((n) => !run.fences.some((f) => f.node === n));
  return problems;
}

/**
 * Meets an old primary that came back while the run was under way: pause first, fence, then on (situation of the runbook).
 * Also reads the known fences again, since an observation is valid only at its instant.
 */
export async function holdFences(run: Run, sentry: Sentry, pause: (because: string) => Promise<void>): Promise<void> {
  const fenced = run.fences.map((f) => run.node(f.node));
  // Both only read, so they are asked together: this stands between every two acts of a run.
  const [read] = await Promise.all([stillFenced(run, fenced), lookAround(run)]);
  run.fences = run.fences.filter((f) => read.includes(f.node));
  const lifted = fenced.map((n) => n.name).filter((name) => !read.includes(name));
  if (lifted.length > 0) {
    await fenceOldPrimaries(run, sentry, lifted);
    await lookAround(run);
  }
  const alarm = sentry.alarm();
  if (alarm.length === 0) return;
  run.tell(
    ['on-call', 'risk'],
    'page',
    `${run.plan.store}: a second primary accepts writes`,
    `${alarm.join(', ')} came back beside ${run.target?.node ?? '?'}.`,
  );
  await pause(`${alarm.join(', ')} accepts writes beside ${run.target?.node ?? 'the target'}`);
  await fenceOldPrimaries(run, sentry, alarm);
}

/** Names of those nodes whose fence is read to be in force now. */
async function stillFenced(run: Run, nodes: readonly PlannedNode[]): Promise<readonly string[]> {
  if (nodes.length === 0) return [];
  const read = run.need(
    await run.ctx.call('readFences', { store: run.plan.store, nodes }, { summary: 'Are the fences still in force?', effect: 'read' }),
    'The fences could not be read',
  );
  return read.map((r) => r.node);
}

/** Looks once more, and ends the epoch when the promoted node itself is lost: then everything begins again at step 1 (design S8). */
async function lookAround(run: Run): Promise<void> {
  const { target } = run;
  if (target === undefined) return;
  for (let looks = 1; ; looks += 1) {
    const outcome = await run.ctx.call(
      'inspect',
      { plan: run.observed, probe: false, logins: [] },
      { summary: `Is ${target.node} still the primary, and the only one?`, effect: 'read' },
    );
    if (outcome.kind === 'done') {
      const { observation } = outcome.value;
      run.see(observation);
      if (observation.nodes.find((n) => n.node === target.node)?.answer?.inRecovery === false) return;
    }
    if (looks === 3) throw new EpochEnded(`${target.node} was lost after it had become the target.`);
    await run.ctx.waitUntil(
      () => run.inbox.aborted !== undefined,
      run.plan.times.observeEveryMs,
      `${target.node} did not answer as primary; look again`,
    );
  }
}
