/** Starts what the demo plays on, line by line, and looks first whether this machine can. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { lookForFullLab, prepareFullLab, type FullNeeds } from '../../../lab/full-needs.js';
import type { CliContext } from '../context.js';
import { packageRoot } from '../package-root.js';
import type { View } from './events.js';
import { Interrupted } from './failure.js';
import { createFullScene } from './full-scene.js';
import type { Surroundings } from './full-needs.js';
import { createPairScene } from './pair-scene.js';
import type { DemoKind, Scene, SceneOptions } from './scene.js';

/** What the demo with Patroni and Kubernetes finds on this machine; undefined for the pair, which brings everything itself. */
export async function needsOf(kind: DemoKind): Promise<FullNeeds | undefined> {
  return kind === 'full' ? lookForFullLab() : undefined;
}

/** Where the demo runs, for commands that it names. */
export function surroundings(): Surroundings {
  return { clone: existsSync(path.join(packageRoot(), 'scripts', 'host-packages.ts')), root: process.getuid?.() === 0 };
}

/** Starts everything. Errors: Interrupted, when the person stopped it meanwhile; all that was started has then been ended. */
export async function setUp(
  context: CliContext,
  kind: DemoKind,
  needs: FullNeeds | undefined,
  options: Omit<SceneOptions, 'onProgress'>,
  view: View,
): Promise<Scene> {
  view.show({ event: 'setting-up' });
  const startedAtMs = context.now();
  let silent = false;
  const onProgress = (line: string): void => {
    if (silent) return;
    const text = line.replace(/^[\d.]+ s {2}/, '').replace(/^lab in /, 'folder: ');
    const [what = '', ...rest] = text.split(': ');
    const detail = rest.join(': ');
    view.show({ event: 'set-up', what: `${what.charAt(0).toUpperCase()}${what.slice(1)}`, detail, sinceMs: context.now() - startedAtMs });
    view.tick();
  };
  // Starting goes on for some seconds before it can be undone: the person is told at once that they were heard.
  const interrupted = (): void => {
    silent = true;
    view.show({ event: 'interrupted' });
  };
  context.signal.addEventListener('abort', interrupted, { once: true });
  try {
    if (needs?.kubernetes === 'to-build') await prepareFullLab(onProgress, context.signal);
    const scene = await (kind === 'full' ? createFullScene : createPairScene)({ ...options, onProgress });
    if (!context.signal.aborted) return scene;
    await scene.stage.close();
    throw new Interrupted(true);
  } catch (error) {
    throw context.signal.aborted ? new Interrupted(true) : error;
  } finally {
    silent = true;
    context.signal.removeEventListener('abort', interrupted);
  }
}
