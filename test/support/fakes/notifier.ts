import { HoldfastError } from '../../../src/domain/errors.js';
import type { NotifierPort } from '../../../src/ports/notifier.js';
import type { World } from '../world/types.js';
import { perform } from './perform.js';

/** Delivers notices to the people of a world, who keep everything they read. */
export function createFakeNotifier(world: World): NotifierPort {
  const failed = (why: string): HoldfastError =>
    new HoldfastError('HF_NOTIFY_FAILED', why, { rule: 'the receiver must answer 2xx', receiver: 'world' });
  return {
    kind: 'world',
    send: (notice, scope) =>
      perform(world, scope, {
        call: 'notifier.send',
        effect: true,
        reach: () => 'ok',
        refused: () => failed('HTTP 503.'),
        silent: () => failed('No answer in 2 s.'),
        act: () => {
          world.notices.push({ atMs: world.clock.now(), notice, delivered: true });
        },
      }),
  };
}
