import { renderError } from '../render-error.js';
import { table } from '../table.js';

/** How a check ended. `warn`: works, but something is only declared or will cost time in an incident. */
export type CheckState = 'ok' | 'warn' | 'fail';

/** One thing that was looked at. */
export interface CheckItem {
  readonly area: string;
  readonly state: CheckState;
  readonly detail: string;
  /** What to do about it; empty when ok. */
  readonly next: string;
}

export const ok = (area: string, detail: string): CheckItem => ({ area, state: 'ok', detail, next: '' });
export const warn = (area: string, detail: string, next: string): CheckItem => ({ area, state: 'warn', detail, next });
export const fail = (area: string, detail: string, next: string): CheckItem => ({ area, state: 'fail', detail, next });

/** The checks as a table, with the next step under each that is not ok. */
export function checkTable(items: readonly CheckItem[]): string {
  const lines = table(
    ['STATE', 'WHAT', 'DETAIL'],
    items.map((item) => [item.state, item.area, item.detail]),
  ).split('\n');
  const [head = '', ...rows] = lines;
  return [head, ...rows.flatMap((line, index) => (items[index]?.next ? [line, `        next: ${items[index].next}`] : [line]))].join('\n');
}

/** Runs one check; what it throws becomes a failed item with the error’s own words and next step. */
export async function guarded(area: string, work: () => Promise<readonly CheckItem[]>): Promise<readonly CheckItem[]> {
  try {
    return await work();
  } catch (error) {
    const { record } = renderError(error);
    const evidence = Object.entries(record.evidence)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ');
    return [fail(area, `${record.code}: ${record.message}${evidence === '' ? '' : ` (${evidence})`}`, record.next)];
  }
}
