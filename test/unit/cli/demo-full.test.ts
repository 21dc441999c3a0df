import { describe, expect, test } from 'vitest';
import { again, causeOf } from '../../../src/cli/demo/failure.js';
import { firstOf, obstacleOf } from '../../../src/cli/demo/full-needs.js';
import { recoveryLines, timelineOf } from '../../../src/cli/demo/timeline.js';
import { instanceSeen, rowSeen, together, tradingSeen } from '../../../src/cli/demo/world.js';
import type { RunFacts, RunResult } from '../../../src/domain/run-facts.js';
import { buildRunFacts } from '../../support/build-run.js';

/** The run of a full lab, begun one second after the epoch. */
const runFacts = (changes: Partial<RunFacts> = {}): RunFacts =>
  buildRunFacts({ workflowId: 'failover:lab-patroni', store: 'kill-switch', cluster: 'lab-patroni', startedAtMs: 1000, ...changes });

const RESULT = {
  schema: 1,
  outcome: 'verified',
  summary: 'verified',
  store: 'kill-switch',
  incident: 'i',
  row: { engaged: false, reason: '', updatedAtMs: 0 },
  times: { totalMs: 40_000, humanMs: 1000, machineMs: 39_000, controlUnavailableMs: 7000, liveWithoutControlMs: 700 },
  obligations: [],
} as unknown as RunResult;

describe('the story on Patroni and Kubernetes', () => {
  const marks = { killedAtMs: 500, alertAtMs: 600, promoted: { node: 'n3', atMs: 20_500 } };

  test('the timeline says what Patroni did by itself, and the steps speak of pods and the Secret', () => {
    const facts = runFacts({
      steps: [
        { step: 'promote', startedAtMs: 22_000, endedAtMs: 22_100, result: 'found-done', detail: '' },
        { step: 'point-application', startedAtMs: 30_000, endedAtMs: 31_000, result: 'done', detail: '' },
        { step: 'canary', startedAtMs: 31_000, endedAtMs: 33_000, result: 'done', detail: '' },
      ],
    });
    expect(timelineOf(facts, marks, 'full').map(({ what }) => what)).toEqual([
      'Primary killed',
      'Alert accepted',
      'Patroni has promoted',
      'Accept the promotion',
      'Patch the Secret',
      'Start one pod',
    ]);
    expect(timelineOf(facts, marks).at(-1)?.what).toBe('Start one instance');
  });

  test('the time without control is counted from the death, not from where the run first looked', () => {
    const lines = recoveryLines(runFacts({ result: RESULT, control: { lostAtMs: 22_000, backAtMs: 29_500 } }), marks);
    expect(lines[1]).toMatch(/^For 20\.0 s no database took writes, .*; after 29\.0 s Holdfast had proven that one does\./);
    expect(lines.join(' ')).not.toContain('7.0 s');
  });

  test('what is missing is refused with one cause and one command', () => {
    const all = { linux: true, missingPackages: [], patroni: 'ready', kubernetes: 'ready' } as const;
    expect(obstacleOf(all, { clone: true, root: true })).toBeUndefined();
    expect(obstacleOf({ ...all, linux: false }, { clone: true, root: false })?.command).toBe('holdfast demo');
    const without = { ...all, missingPackages: ['etcd-server', 'python3-venv'] };
    expect(obstacleOf(without, { clone: true, root: false })).toEqual({
      cause: 'This machine lacks, by the names of Debian’s packages: etcd-server, python3-venv.',
      command: 'sudo npx tsx scripts/host-packages.ts',
    });
    expect(obstacleOf(without, { clone: false, root: true })?.command).toBe(
      'apt-get install --no-install-recommends etcd-server python3-venv',
    );
    const assets = {
      ...all,
      kubernetes: { obstacle: 'KUBEBUILDER_ASSETS=/x does not hold both kube-apiserver and kube-controller-manager.' },
    };
    expect(obstacleOf(assets, { clone: true, root: true })?.command).toBe('unset KUBEBUILDER_ASSETS');
    const noGo = {
      ...all,
      kubernetes: { obstacle: 'Kubernetes 1.36.3 is not in the cache, and there is no Go on PATH to build it with.' },
    };
    expect(obstacleOf(noGo, { clone: true, root: true })?.cause).toContain('Go 1.26 or newer');
  });

  test('what has to be built first is said with how long it takes', () => {
    const needs = { linux: true, missingPackages: [], patroni: 'to-install', kubernetes: 'to-build' } as const;
    expect(firstOf(needs).join(' ')).toMatch(/Patroni .* 15 s.*Kubernetes.* 5 to 13 minutes/);
    expect(obstacleOf(needs, { clone: true, root: false })).toBeUndefined();
  });

  test('a failure names the same demo again', () => {
    expect(causeOf(new Error('n2 did not stream'), 'full').command).toBe(again('full'));
    expect(again('full')).toContain('--patroni --kubernetes');
    expect(causeOf(new Error('Cannot build Kubernetes 1.36.3: there is no `go` on PATH'), 'full').command).toBe('go version');
  });
});

test('what the demo itself sees at the end contradicts a run that claims otherwise', () => {
  const agreed = together(
    rowSeen('n3', { engaged: false, reason: '', age: '7' }, RESULT),
    instanceSeen('pod x', { status: 200, engaged: false }, RESULT),
    tradingSeen(false, 'runs', RESULT),
  );
  expect(agreed.contradictions).toEqual([]);
  expect(agreed.lines.map(([where]) => where)).toEqual(['database n3', 'pod x', 'trading']);
  const contradicted = together(
    rowSeen('n3', undefined, RESULT),
    instanceSeen('pod x', { status: 0, engaged: undefined }, RESULT),
    tradingSeen(true, 'stands still', RESULT),
  );
  expect(contradicted.contradictions).toHaveLength(3);
});
