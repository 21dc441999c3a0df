import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lab } from '../../lab/index.js';
import { createLab, program } from '../../lab/index.js';
import { isAlive, readJournal } from '../../lab/journal.js';
import { health, until } from './support.js';

const LAB_MS = 60_000;
let neighbour: Lab;

beforeAll(async () => {
  neighbour = await createLab({ name: 'neighbour', temporal: 'none', instances: 1 });
}, LAB_MS);

afterAll(async () => {
  await neighbour.close();
}, LAB_MS);

/** A process of its own that makes a lab and says where; then it does `afterwards`. */
function labProcess(afterwards: string): { readonly pid: number; readonly dir: Promise<string>; kill(): void } {
  const text = `
    const { createLab } = await import(process.argv[1]);
    const lab = await createLab({ name: 'doomed', temporal: 'none', instances: 1 });
    ${afterwards}
    console.log(lab.dir);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', text, program('lab/index')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  return { pid: child.pid ?? 0, dir: new Promise((resolve) => lines.once('line', resolve)), kill: () => void child.kill('SIGKILL') };
}

async function nothingIsLeft(dir: string, kill: () => void): Promise<void> {
  const journal = readJournal(`${dir}/journal`);
  expect(
    journal
      .filter(isAlive)
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(['app-1', 'db-a', 'db-b']);
  kill();
  await until('the folder is gone', () => !existsSync(dir));
  expect(journal.filter(isAlive)).toEqual([]);
}

test('kill -9 of its process leaves nothing of a lab, and its neighbour alone', { timeout: LAB_MS }, async () => {
  const doomed = labProcess('setInterval(() => undefined, 1000);');
  await nothingIsLeft(await doomed.dir, () => doomed.kill());
  expect((await health(neighbour.instances[0]!)).status).toBe(200);
  expect(await neighbour.pair.sql('a', 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('not even of one with a frozen database and a blocked application', { timeout: LAB_MS }, async () => {
  const doomed = labProcess(
    `await lab.faults.freezeNode('a'); fetch(lab.instances[0].healthUrl).catch(() => undefined); setInterval(() => undefined, 1000);`,
  );
  await nothingIsLeft(await doomed.dir, () => doomed.kill());
});

test('close ends everything, twice is once, and a killed guardian is replaced', { timeout: LAB_MS }, async () => {
  const lab = await createLab({ temporal: 'none', instances: 0 });
  const sleeper = lab.spawn('sleeper', 'worker', 'sleep', ['1000']);
  const journal = readJournal(`${lab.dir}/journal`);
  const guardian = Number(readFileSync(`${lab.dir}/guardian.pid`, 'utf8'));
  process.kill(guardian, 'SIGKILL');
  await Promise.all([lab.close(), lab.close()]);
  await sleeper.exited;
  expect(existsSync(lab.dir)).toBe(false);
  expect(journal.filter(isAlive)).toEqual([]);
});
