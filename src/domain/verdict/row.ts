/** Predicates about the row, read on the proven primary only: what a standby says is evidence at its replay LSN and no more. */
import { checkRow, type RowCheck, type RowProblemCode } from '../row.js';
import type { Scene } from './scene.js';

const INVALID: readonly RowProblemCode[] = ['from-the-future', 'reason-too-long', 'reason-control-characters', 'engaged-without-reason'];

/** The rules' word on the proven primary's row; undefined when there is no proven primary. */
export function provenRowCheck(scene: Scene): RowCheck | undefined {
  const { proven, context } = scene;
  if (proven === undefined) return undefined;
  return checkRow(proven.answer.row, context.plan.rowRules, proven.nodeNowMs, proven.answer.clock.errorMs);
}

function problem(scene: Scene, codes: readonly RowProblemCode[]): string | undefined {
  const found = provenRowCheck(scene)?.problems.filter((each) => codes.includes(each.code)) ?? [];
  return found.length === 0 ? undefined : `On ${scene.proven?.name ?? ''}: ${found.map((each) => each.sentence).join(' ')}`;
}

/** The table is not there: a lost engaged switch would look like a clear one. */
export function tableMissing(scene: Scene): string | undefined {
  return problem(scene, ['table-missing']);
}

/** The table is there and the row is not. */
export function rowMissing(scene: Scene): string | undefined {
  return problem(scene, ['row-missing']);
}

/** The row breaks a rule other than its age. A value that cannot be understood breaks all of them. */
export function rowInvalid(scene: Scene): string | undefined {
  const reading = scene.proven?.answer.row;
  if (reading?.state === 'unreadable' && reading.failure.kind === 'invalid') return problem(scene, ['unreadable']);
  return problem(scene, INVALID);
}

/** The row is certainly older than the application accepts, the clock's error bar included. */
export function rowStale(scene: Scene): string | undefined {
  return problem(scene, ['stale']);
}
