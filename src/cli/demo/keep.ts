/** What the demo leaves behind when its folder is gone: report, evidence, history; after a failure the logs. */
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { actingRunId } from '../../domain/contract.js';
import type { RunFacts } from '../../domain/run-facts.js';
import type { Kept } from './events.js';
import type { AnyStage } from './stage-types.js';

/** Where results of this demo go, relative to the folder it was started in. */
export function keptFolder(startedIn: string, nowMs: number): string {
  const time = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return path.join(startedIn, '.holdfast', 'demo', time);
}

/** Makes the folder; where that is not allowed, one in the system’s temporary folder. Returns which. */
function makeFolder(wanted: string): string {
  try {
    mkdirSync(wanted, { recursive: true });
    return wanted;
  } catch {
    const instead = path.join(os.tmpdir(), `holdfast-demo-report-${path.basename(wanted)}`);
    mkdirSync(instead, { recursive: true });
    return instead;
  }
}

/** How long the report may take: the run has ended, a child workflow writes it. */
const REPORT_MS = 15_000;

/** Waits for the report of the run and copies it, its evidence and the workflow’s history out of the lab. */
export async function keepReport(stage: AnyStage, facts: RunFacts, wanted: string): Promise<Kept> {
  const after = stage.client.workflow.getHandle<() => Promise<{ readonly report: string; readonly evidence: string }>>(
    `after:${facts.store}:${facts.incident}:${facts.epoch}`,
  );
  const acting = stage.client.workflow.getHandle(actingRunId(stage.cluster), facts.runId);
  // One after the other: the report is written by a child that is started at the very end, and no call may be left behind a failure.
  const { written, events } = await stage.client.connection.withDeadline(Date.now() + REPORT_MS, async () => {
    await acting.result();
    return { events: await historyEvents(stage, facts), written: await after.result() };
  });
  const folder = makeFolder(wanted);
  const archive = path.join(stage.lab.dir, 'archive');
  cpSync(archive, path.join(folder, 'archive'), { recursive: true });
  cpSync(inside(archive, written.report), path.join(folder, 'report.md'));
  cpSync(inside(archive, written.evidence), path.join(folder, 'evidence.json'));
  writeFileSync(path.join(folder, 'history.json'), JSON.stringify({ events }, null, 2));
  return {
    folder,
    files: [
      ['report.md', 'what happened, when, by whom'],
      ['evidence.json', 'plan, facts and decisions of the run'],
      ['history.json', 'every event of the workflow'],
      ['archive', 'as Holdfast wrote it, cards included'],
    ],
  };
}

/** Every event of the run in the JSON form that other tools of Temporal read, by its HTTP API. */
async function historyEvents(stage: AnyStage, facts: RunFacts): Promise<readonly unknown[]> {
  const { httpUrl, namespace } = stage.lab.temporal;
  const events: unknown[] = [];
  for (let page = ''; ;) {
    const url = new URL(`${httpUrl}/api/v1/namespaces/${namespace}/workflows/${encodeURIComponent(facts.workflowId)}/history`);
    url.searchParams.set('execution.runId', facts.runId);
    url.searchParams.set('nextPageToken', page);
    const answer = await fetch(url, {
      headers: { accept: 'application/json+no-payload-shorthand' },
      signal: AbortSignal.timeout(REPORT_MS),
    });
    if (!answer.ok) throw new Error(`Temporal answered ${answer.status} when asked for the history.`);
    const body = (await answer.json()) as { readonly history?: { readonly events?: readonly unknown[] }; readonly nextPageToken?: string };
    events.push(...(body.history?.events ?? []));
    page = body.nextPageToken ?? '';
    if (page === '') return events;
  }
}

/** The archive answers with words (`file <path>`); the path is in the archive’s own folder. */
function inside(archive: string, answer: string): string {
  const file = answer.replace(/^file /, '');
  return path.isAbsolute(file) ? file : path.join(archive, file);
}

/** Copies every log of a lab. Returns the folder, or undefined when there is nothing to copy. */
export function keepLogs(labFolder: string, wanted: string): string | undefined {
  if (!existsSync(labFolder)) return undefined;
  const folder = makeFolder(path.join(wanted, 'logs'));
  for (const file of logsIn(labFolder, 3))
    cpSync(path.join(labFolder, file), path.join(folder, file.replaceAll(path.sep, '-').replace(/(^|-)log$/, '$1postgres.log')));
  return folder;
}

/** Logs by name, as deep as the lab keeps them; never what lies in a database’s data folder. */
function logsIn(folder: string, depth: number, prefix = ''): readonly string[] {
  return readdirSync(path.join(folder, prefix), { withFileTypes: true }).flatMap((found) => {
    const name = path.join(prefix, found.name);
    if (found.isDirectory())
      return depth > 1 && !['data', 'secrets', 'people', 'pki'].includes(found.name) ? logsIn(folder, depth - 1, name) : [];
    return found.isFile() && (found.name.endsWith('.log') || found.name === 'log') ? [name] : [];
  });
}
