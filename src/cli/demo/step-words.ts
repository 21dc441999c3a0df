/** The steps of a run in words that need no explanation. */
import type { RunFacts, StepName, StepRecord } from '../../domain/run-facts.js';
import type { DemoKind } from './scene.js';

/** A step for somebody who sees it for the first time. */
export interface StepWords {
  readonly label: string;
  /** Why it is done, short. */
  readonly why: string;
}

/** On a pair of servers, with the application as processes. */
const PAIR_WORDS: Readonly<Record<StepName, StepWords>> = {
  plan: { label: 'Fix the plan', why: 'who may decide, what may be touched' },
  detect: { label: 'Find what is broken', why: 'several witnesses, silence is no proof' },
  notify: { label: 'Page on-call', why: 'people are told what was found' },
  pause: { label: 'Pause trading', why: 'and prove that it stands still' },
  fence: { label: 'Fence the old primary', why: 'so that it cannot come back' },
  promote: { label: 'Promote the standby', why: 'after a person has said yes' },
  lineage: { label: 'Prove the new primary', why: 'same history, writable, reachable' },
  row: { label: 'Read the switch there', why: 'present, fresh, not turned off' },
  'stop-instances': { label: 'Stop the application', why: 'none may still use the old database' },
  'point-application': { label: 'Change its address', why: 'only host and port of the database' },
  canary: { label: 'Start one instance', why: 'and verify it before the others' },
  'all-instances': { label: 'Start the others', why: 'each is verified on its own' },
  verify: { label: 'Verify all together', why: 'answer, database session, admin API' },
  resume: { label: 'Resume trading', why: 'after two people have said yes' },
  after: { label: 'Keep the records', why: 'snapshots and report' },
};

/** Where Patroni promotes and pods are replaced. */
const FULL_WORDS: Readonly<Record<StepName, StepWords>> = {
  ...PAIR_WORDS,
  detect: { label: 'Find what is broken', why: 'what did Patroni do by itself?' },
  fence: { label: 'Fence the old primary', why: 'its Patroni stopped and disabled' },
  promote: { label: 'Accept the promotion', why: 'Patroni did it; a person has said yes' },
  'stop-instances': { label: 'End the old pods', why: 'none may still use the old database' },
  'point-application': { label: 'Patch the Secret', why: 'only host and port of the database' },
  canary: { label: 'Start one pod', why: 'and verify it before the others' },
  'all-instances': { label: 'Start the other pods', why: 'each is verified on its own' },
  verify: { label: 'Verify all pods', why: 'answer, database session, admin API' },
};

/** Words for each step, fitted to what the demo plays on. */
export function stepWords(kind: DemoKind): Readonly<Record<StepName, StepWords>> {
  return kind === 'full' ? FULL_WORDS : PAIR_WORDS;
}

/** What a step came to, without words that only a database administrator knows. The report has the run’s own words. */
export function plainDetail(step: StepRecord, facts: RunFacts): string {
  if (step.result === 'refused' || step.result === 'failed') return step.detail;
  switch (step.step) {
    case 'plan':
      return `Its fingerprint is ${facts.planHash.slice(0, 12)}; people may be removed from it now, never added.`;
    case 'detect':
      return step.detail.replaceAll('WAL receiver', 'receiver of changes (WAL)');
    case 'pause':
      return facts.pause.state === 'proven' || facts.pause.state === 'lifted'
        ? 'Trading is paused, proven: its platform says so itself.'
        : step.detail;
    case 'fence':
      return facts.fences.map((fence) => `Database ${fence.node} ${FENCE_WORDS[fence.class]} (fence of class ${fence.class}).`).join(' ');
    case 'promote':
      return facts.target === undefined
        ? step.detail
        : `Database ${facts.target.node} accepts writes; from here its history is a branch of its own, timeline ${facts.target.timeline}.`;
    case 'lineage':
      return 'It answers under its own address, committed a write, continues the history of the last snapshot, and lets the application log in.';
    case 'row':
      return facts.row === undefined
        ? step.detail
        : `The switch is ${facts.row.engaged ? `ENGAGED: “${facts.row.reason}”` : 'clear (not engaged)'}, written at ${new Date(facts.row.updatedAtMs).toISOString().slice(11, 19)} UTC, before the loss.`;
    case 'resume':
      return `${step.detail.split(': the platform')[0] ?? step.detail}.`;
    case 'notify':
    case 'stop-instances':
    case 'point-application':
    case 'canary':
    case 'all-instances':
    case 'verify':
    case 'after':
      return step.detail;
  }
}

/** What each class of fence does to a node (design S4). */
const FENCE_WORDS = {
  P: 'is powered off, read back',
  N: 'is cut off from the network or its disks, read back',
  H: 'is stopped and its service disabled, read back',
  W: 'was ended by its own watchdog',
  C: 'is cut off: every client of it is proven stopped',
} as const;
