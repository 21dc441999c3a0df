import { HoldfastError } from '../../../src/domain/errors.js';
import type { ConfigSourcePort } from '../../../src/ports/config-source.js';
import { record } from '../world/truth.js';
import type { World } from '../world/types.js';
import { perform } from './perform.js';
import { effectUnknown } from './reach-node.js';

const unreadable = (why: string): HoldfastError =>
  new HoldfastError('HF_CONFIG_UNREADABLE', why, { rule: 'the file must be readable', key: 'DSN', file: 'app.env' });

/** The environment file of a world's application: compare-and-set on its version. */
export function createFakeConfigSource(world: World): ConfigSourcePort {
  const { env } = world;
  const parse = (): void => {
    if (env.unparsable)
      throw new HoldfastError('HF_DSN_UNPARSABLE', 'app.env, key DSN.', { rule: 'the DSN must be a URI', key: 'DSN', file: 'app.env' });
  };
  return {
    kind: 'world',
    form: 'file app.env, key DSN, path dsn inside a JSON document',
    owner: 'nobody',
    read: (scope) =>
      perform(world, scope, {
        call: 'configSource.read',
        effect: false,
        reach: () => (env.readable ? 'ok' : 'refuse'),
        refused: () => unreadable('Permission denied.'),
        silent: () => unreadable('No answer in 2 s.'),
        act: () => {
          parse();
          return { host: env.host, port: env.port, version: `v${env.version}` };
        },
      }),
    point: (target, ifVersion, scope) =>
      perform(world, scope, {
        call: 'configSource.point',
        effect: true,
        reach: () => (env.readable ? 'ok' : 'refuse'),
        refused: () => unreadable('Permission denied.'),
        silent: () => effectUnknown('point', 'app.env'),
        act: (askedAtMs) => {
          parse();
          if (env.host === target.host && env.port === target.port) {
            return { state: 'found-done', detail: `already ${target.host}:${target.port}`, version: `v${env.version}` };
          }
          if (ifVersion !== `v${env.version}`) {
            throw new HoldfastError('HF_CONFLICT', `app.env is v${env.version}, read was ${ifVersion}.`, {
              rule: 'version',
              file: 'app.env',
              expected: ifVersion,
              found: `v${env.version}`,
            });
          }
          env.host = target.host;
          env.port = target.port;
          env.version += 1;
          record(world, {
            what: 'point',
            by: 'holdfast',
            target: `${target.host}:${target.port}`,
            key: scope.key,
            changed: true,
            askedAtMs,
          });
          return { state: 'done', detail: `now ${target.host}:${target.port}`, version: `v${env.version}` };
        },
      }),
  };
}
