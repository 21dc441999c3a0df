import { describe, expect, test } from 'vitest';
import { ACTING, clientDouble, NOW_MS, shell, waitingFacts } from './support.js';

const acting = [{ workflowId: ACTING, runId: 'r1', startedAtMs: NOW_MS - 65_000, kind: 'failover' }];

describe('trading', () => {
  test('pause tells the open run, and says paused once the run has proven it', async () => {
    const client = clientDouble({ open: acting, states: [waitingFacts()] });
    const cli = await shell({ client });
    expect(await cli.run('trading', 'pause', 'kill-switch', '--as', 'ben', '--reason', 'odd prices')).toBe(0);
    expect(client.sent).toEqual([{ what: 'pause-trading', id: ACTING, payload: { by: 'ben', reason: 'odd prices' } }]);
    expect(cli.out.join()).toContain('is paused, proven by');
  });

  test('pause that a run does not prove in time is made a second way, under the key of the run', async () => {
    const record = { key: 'incident/1/pause/1', requestedAtMs: 0, restore: {} };
    const client = clientDouble({
      open: acting,
      states: [{ ...waitingFacts(), pause: { state: 'asked', because: '', detail: '', record } }],
    });
    const cli = await shell({ client });
    expect(await cli.run('trading', 'pause', 'kill-switch', '--as', 'ben')).toBe(0);
    expect(client.sent.at(-1)).toMatchObject({ what: 'startPause', payload: { by: 'ben', key: 'incident/1/pause/1' } });
    expect(cli.out.join()).not.toMatch(/is paused/);
  });

  test('pause without a run starts one that only pauses', async () => {
    const client = clientDouble();
    const cli = await shell({ client });
    expect(await cli.run('trading', 'pause', 'kill-switch', '--as', 'ben')).toBe(0);
    expect(client.sent[0]).toMatchObject({ what: 'startPause', id: 'pause:geosync-db:1', payload: { by: 'ben' } });
    // Design S7: nothing says "paused" unless it is.
    expect(cli.out.join()).not.toMatch(/is paused/);
  });
});
