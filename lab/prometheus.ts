import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { labEnvironment } from './environment.js';
import type { Instance } from './instances.js';
import type { Ground } from './postgres/index.js';
import type { LabProcess, ProcessSpec } from './process.js';
import { launch, serving } from './process.js';
import type { PrometheusOptions, ScrapeTarget } from './prometheus-config.js';
import { configText, rulesText } from './prometheus-config.js';

/** One series of an instant query. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Prometheus as a process of the lab: every interval is one second. It looks at its list of targets every five seconds only, so that the
 * first scrape comes about five seconds after the start or after other targets (2.42, as measured).
 */
export interface LabPrometheus {
  /** Base URL without a slash at the end. */
  readonly url: string;
  readonly pid: number;
  readonly logFile: string;
  /**
   * Returns when each target has been scraped with success.
   * @throws after the time (default 20 s), with the target's last error.
   */
  waitUntilScraped(timeoutMs?: number): Promise<void>;
  /** Runs an instant query. @throws with Prometheus's own words. */
  query(expression: string): Promise<readonly Sample[]>;
  /** Scrapes these from now on, in place of the targets it had. */
  setTargets(targets: readonly ScrapeTarget[]): Promise<void>;
  /** kill -9, and wait until it is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data; does nothing while it runs. */
  restart(): Promise<void>;
}

const HOST = 'prometheus';
const READY_MS = 30_000;
const SCRAPED_MS = 20_000;
const POLL_MS = 50;
const REQUEST_MS = 5_000;

/** Instances of the stand-in application as targets. */
export function applicationTargets(instances: readonly Instance[], job = 'geosync'): readonly ScrapeTarget[] {
  return instances.map(({ name, address, port, hostHeader }) => ({ job, instance: name, address, port, hostHeader }));
}

interface ActiveTarget {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
  readonly lastError: string;
}

type ApiAnswer<Data> = { readonly status: 'success'; readonly data: Data } | { readonly status: 'error'; readonly error: string };

async function ask<Data>(url: string): Promise<Data> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(REQUEST_MS) });
  const body = (await answer.json()) as ApiAnswer<Data>;
  if (body.status === 'error') throw new Error(`Prometheus refused: ${body.error}`);
  return body.data;
}

const answers = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(REQUEST_MS) }).then(
    (answer) => answer.ok,
    () => false,
  );

/** Starts the `prometheus` of PATH (Debian's package of that name) on host `prometheus`. */
export async function startPrometheus(ground: Ground, options: PrometheusOptions): Promise<LabPrometheus> {
  const { dir, hosts, guardian } = ground;
  const home = path.join(dir, HOST);
  await mkdir(home, { recursive: true });
  const host = hosts.place(HOST);
  const listen = `${host.address}:${await hosts.port(HOST)}`;
  const url = `http://${listen}`;
  const [configFile, rulesFile] = [path.join(home, 'prometheus.yml'), path.join(home, 'rules.yml')];
  let { targets } = options;
  let former: readonly ScrapeTarget[] = [];
  const writeConfig = (): Promise<void> => writeFile(configFile, configText(options, targets, former, rulesFile));
  await writeFile(rulesFile, rulesText(options));
  await writeConfig();
  const spec: ProcessSpec = {
    name: HOST,
    host,
    command: 'prometheus',
    args: [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${path.join(home, 'data')}`,
      `--web.listen-address=${listen}`,
      '--web.enable-lifecycle',
      '--rules.alert.resend-delay=1s',
    ],
    env: labEnvironment(dir),
    cwd: home,
    logFile: path.join(home, 'log'),
    endSignal: 'KILL',
  };

  const start = (): Promise<LabProcess> => serving(launch(guardian.journalFile, spec), () => answers(`${url}/-/ready`), READY_MS);
  const unscraped = async (): Promise<string | undefined> => {
    const { activeTargets } = await ask<{ readonly activeTargets: readonly ActiveTarget[] }>(`${url}/api/v1/targets?state=active`);
    for (const { job, instance } of targets) {
      const found = activeTargets.find(({ labels }) => labels['job'] === job && labels['instance'] === instance);
      if (found?.health !== 'up') return `${job}/${instance} is ${found?.health ?? 'unknown'}: ${found?.lastError ?? ''}`;
    }
    return undefined;
  };

  let current = await start();
  return {
    url,
    logFile: spec.logFile,
    get pid() {
      return current.pid;
    },
    waitUntilScraped: async (timeoutMs = SCRAPED_MS) => {
      for (const deadline = Date.now() + timeoutMs; ; await sleep(POLL_MS)) {
        const missing = await unscraped();
        if (missing === undefined) return;
        if (Date.now() > deadline) throw new Error(`Not scraped within ${timeoutMs} ms: ${missing}`);
      }
    },
    query: async (expression) => {
      const { result } = await ask<{
        readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[];
      }>(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
      return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
    setTargets: async (next) => {
      const same = (one: ScrapeTarget, other: ScrapeTarget): boolean => one.job === other.job && one.instance === other.instance;
      former = [...former, ...targets].filter((old) => !next.some((target) => same(target, old)));
      targets = next;
      await writeConfig();
      // Answers when the new configuration is in force, or says why it is not.
      const answer = await fetch(`${url}/-/reload`, { method: 'POST', signal: AbortSignal.timeout(READY_MS) });
      if (!answer.ok) throw new Error(`Prometheus refused its configuration: ${await answer.text()}`);
    },
    kill: async () => {
      current.kill('SIGKILL');
      await current.exited;
    },
    restart: async () => {
      if (current.ended() === undefined) return;
      current = await start();
    },
  };
}
