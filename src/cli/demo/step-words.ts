/** The steps of a run in words that need no explanation. */
import type { StepName } from '../../domain/run-facts.js';

/** A step for somebody who sees it for the first time. */
export interface StepWords {
  readonly label: string;
  /** Why it is done, short. */
  readonly why: string;
}

/** Words for each step. */
export const STEP_WORDS: Readonly<Record<StepName, StepWords>> = {
  plan: { label: 'Fix the plan', why: 'who may decide, what may be touched' },
  detect: { label: 'Find what is broken', why: 'several witnesses, silence is no proof' },
  notify: { label: 'Page on-call', why: 'people are told what was found' },
  pause: { label: 'Pause trading', why: 'and prove that it stands still' },
  fence: { label: 'Fence the old primary', why: 'it must not come back as a second one' },
  promote: { label: 'Promote the standby', why: 'after a person has said yes' },
  lineage: { label: 'Prove the new primary', why: 'same history, writable, right certificate' },
  row: { label: 'Read the switch there', why: 'present, fresh, not turned off by the loss' },
  'stop-instances': { label: 'Stop the application', why: 'none may still use the old database' },
  'point-application': { label: 'Change its address', why: 'only host and port of the database' },
  canary: { label: 'Start one instance', why: 'and verify it before the others' },
  'all-instances': { label: 'Start the others', why: 'each is verified on its own' },
  verify: { label: 'Verify all together', why: 'answer, database session, admin API' },
  resume: { label: 'Resume trading', why: 'after two people have said yes' },
  after: { label: 'Keep the records', why: 'snapshots and report' },
};
