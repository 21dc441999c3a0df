import { createHash } from 'node:crypto';
import { isObject, parseObject, stringIn } from '../shared/json.js';

/** One line of a series: the record under its id, with the SHA-256 of the record's JSON, so that damage within a line is seen. */
export interface SeriesLine {
  readonly id: string;
  readonly record: unknown;
}

/** What a series file holds. Of several lines with one id the first counts. */
export interface SeriesContent {
  readonly lines: readonly SeriesLine[];
  /** Sentences that name the damaged lines by number, never by their content. */
  readonly damaged: readonly string[];
}

const digest = (json: string): string => createHash('sha256').update(json).digest('hex');

/** Writes one line, without its newline. JSON escapes every newline within, so one record is one line. */
export function renderLine(line: SeriesLine): string {
  const json = JSON.stringify(line.record) ?? 'null';
  return `{"id":${JSON.stringify(line.id)},"sha256":"${digest(json)}","record":${json}}`;
}

/** Reads a whole series. A torn last line (a crash while it was written) is damage like any other. */
export function parseSeries(text: string): SeriesContent {
  const seen = new Set<string>();
  const lines: SeriesLine[] = [];
  const damaged: string[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    if (raw === '') continue;
    const line = parseLine(raw);
    if (line === undefined)
      damaged.push(`line ${index + 1}: not a whole record or changed since it was written (${raw.length} characters)`);
    else if (!seen.has(line.id)) {
      seen.add(line.id);
      lines.push(line);
    }
  }
  return { lines, damaged };
}

function parseLine(raw: string): SeriesLine | undefined {
  const parsed = parseObject(raw);
  const id = parsed === undefined ? undefined : stringIn(parsed, 'id');
  if (!isObject(parsed) || id === undefined || !('record' in parsed)) return undefined;
  // Parsing and writing again gives the same text: JSON keeps the order of keys.
  return stringIn(parsed, 'sha256') === digest(JSON.stringify(parsed['record'])) ? { id, record: parsed['record'] } : undefined;
}
