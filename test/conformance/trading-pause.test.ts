import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createExecPause } from '../../src/adapters/trading-pause/exec-pause.js';
import { createHttpPause } from '../../src/adapters/trading-pause/http-pause.js';
import { createNoPause } from '../../src/adapters/trading-pause/no-pause.js';
import { EXEC_TIMEOUT_MS, writeExecScript } from './exec-script.js';
import { CANARY, errorOf, realScope, realTime } from './harness.js';
import type { Fate } from './harness.js';
import { startHttpDouble } from './http-double.js';
import type { DoubleAnswer, DoubleRequest } from './http-double.js';
import { tempFolder } from './temp-folder.js';
import { describeTradingPauseConformance } from './trading-pause.suite.js';
import type { TradingPauseWorld } from './trading-pause.suite.js';

const DECLARED = { restingOrders: 'left', manualKill: 'press the red button', settleMs: 5_000 } as const;

// The key of the pause in force is the content of `pause`; a resume under another key is refused.
const CONTROL = `case $verb in
pause) echo "$HOLDFAST_KEY" >"$dir/pause"; echo x >>"$dir/made" ;;
resume) read -r by <"$dir/pause"; [ "$by" = "$HOLDFAST_KEY" ] || exit 9; rm -f "$dir/pause" ;;
state) if [ -f "$dir/pause" ]; then read -r by <"$dir/pause"; echo "paused by=$by"; exit 0; else echo trading; exit 3; fi ;;
esac`;

async function openExec(): Promise<TradingPauseWorld> {
  const folder = await tempFolder();
  const control = await writeExecScript(folder.dir, CONTROL);
  const file = path.join(folder.dir, 'pause');
  const read = (name: string): Promise<string> => readFile(path.join(folder.dir, name), 'utf8').catch(() => '');
  return {
    ...realTime(folder.remove),
    port: createExecPause({
      ...DECLARED,
      pause: [control.file, 'trading', 'pause', '{key}'],
      resume: [control.file, 'trading', 'resume', '{key}'],
      state: [control.file, 'trading', 'state'],
      timeoutMs: EXEC_TIMEOUT_MS,
    }),
    isPaused: async () => (await read('pause')) !== '',
    pausesMade: async () => (await read('made')).split('\n').length - 1,
    pauseBySomebody: (key) => writeFile(file, `${key}\n`),
    liftBySomebody: () => rm(file),
    fate: (verb, fate) => control.fate(verb, fate),
  };
}

/** A protocol double of the hook: one pause at a time, lifted only by the key that made it. */
async function openHttp(): Promise<TradingPauseWorld> {
  const folder = await tempFolder();
  const token = path.join(folder.dir, 'token');
  await writeFile(token, `${CANARY}-token\n`);
  let by: string | undefined;
  let made = 0;
  const fates: Record<string, Fate> = {};
  const act = (request: DoubleRequest): DoubleAnswer => {
    const key = String(request.headers['idempotency-key']);
    if (request.headers.authorization !== `Bearer ${CANARY}-token`) return { status: 401 };
    if (request.path === '/hook/pause' && request.method === 'POST') {
      if (by === undefined) made += 1;
      by ??= key;
      return by === key ? { status: 200, body: '{"paused":true}' } : { status: 409 };
    }
    if (request.path === '/hook/resume' && request.method === 'POST') {
      if (by !== undefined && by !== key) return { status: 409 };
      by = undefined;
      return { status: 200, body: '{"paused":false}' };
    }
    return { status: 200, body: JSON.stringify({ paused: by !== undefined, by: by ?? null, restingOrders: 'left' }) };
  };
  const double = await startHttpDouble((request) => {
    const fate = fates[request.path.split('/').at(-1) ?? ''] ?? 'ok';
    if (fate === 'refuse') return { status: 500, body: `{"error":"token=${CANARY}-token is broken"}` };
    if (fate === 'timeout-before') return 'hang';
    const answer = act(request);
    return fate === 'timeout-after' ? 'hang' : answer;
  });
  return {
    ...realTime(async () => {
      await double.close();
      await folder.remove();
    }),
    port: createHttpPause({ ...DECLARED, baseUrl: `${double.url}/hook`, tokenRef: `file:${token}`, timeoutMs: EXEC_TIMEOUT_MS }),
    isPaused: async () => by !== undefined,
    pausesMade: async () => made,
    pauseBySomebody: async (key) => {
      by = key;
    },
    liftBySomebody: async () => {
      by = undefined;
    },
    fate: async (verb, fate) => {
      fates[verb] = fate;
    },
  };
}

describeTradingPauseConformance('exec, over shell scripts', { open: openExec });
describeTradingPauseConformance('http, over a protocol double', { open: openHttp });

test('http pause: a platform that is not there was not asked, and says so', async () => {
  const double = await startHttpDouble(() => ({ status: 200 }));
  await double.close();
  const port = createHttpPause({ ...DECLARED, baseUrl: double.url, timeoutMs: EXEC_TIMEOUT_MS });
  expect(await errorOf(port.pause('key', realScope()))).toMatchObject({ code: 'HF_COMMAND_FAILED', evidence: { kind: 'refused' } });
  expect(await port.state(realScope())).toMatchObject({ state: 'unknown' });
});

test('http pause: a pause that somebody made at the same moment is found in the answer', async () => {
  let looks = 0;
  const double = await startHttpDouble((request) => {
    if (request.method === 'GET') looks += 1;
    return { status: 200, body: looks === 1 && request.method === 'GET' ? '{"paused":false}' : '{"paused":true,"by":"theirs"}' };
  });
  try {
    const port = createHttpPause({ ...DECLARED, baseUrl: double.url, timeoutMs: EXEC_TIMEOUT_MS });
    const { restore } = await port.pause('key', realScope());
    expect((await errorOf(port.resume('key', restore, realScope()))).code).toBe('HF_PAUSE_NOT_OURS');
  } finally {
    await double.close();
  }
});

test('http pause: a gateway that answers for the platform leaves the outcome unknown', async () => {
  const double = await startHttpDouble((request) =>
    request.method === 'GET' ? { status: 200, body: '{"paused":false}' } : { status: 504 },
  );
  try {
    const port = createHttpPause({ ...DECLARED, baseUrl: double.url, timeoutMs: EXEC_TIMEOUT_MS });
    expect((await errorOf(port.pause('key', realScope()))).code).toBe('HF_EFFECT_UNKNOWN');
  } finally {
    await double.close();
  }
});

test('no pause: it is not able, never says paused, and names the manual kill', async () => {
  const port = createNoPause({ manualKill: 'press the red button' });
  expect(port).toMatchObject({ able: false, kind: 'none' });
  expect(await port.state(realScope())).toMatchObject({ state: 'unknown' });
  expect((await errorOf(port.pause('key', realScope()))).message).toContain('press the red button');
  expect((await errorOf(port.resume('key', {}, realScope()))).code).toBe('HF_PAUSE_NOT_OURS');
});
