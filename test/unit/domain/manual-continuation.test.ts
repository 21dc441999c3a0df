import { describe, expect, test } from 'vitest';
import { manualContinuation } from '../../../src/domain/manual-continuation.js';
import type { ManualContinuationInput } from '../../../src/domain/manual-input.js';
import { STEPS } from '../../../src/domain/run-facts.js';

const input: ManualContinuationInput = {
  store: 'payments',
  incident: 'inc-7',
  because: 'Nobody answered gate promote.',
  writtenAtMs: Date.UTC(2026, 10, 23, 3, 17, 11),
  nodes: [
    { name: 'a', host: '10.0.0.1', port: 5432, candidate: true, managed: false },
    { name: 'b', host: '10.0.0.2', port: 5433, candidate: true, managed: false },
  ],
  instances: [{ name: 'api-1' }, { name: 'api-2' }],
  expectedPrimary: 'a',
  unfenced: [],
  pause: { state: 'unproven', because: '', detail: '' },
  manualKill: 'Call the desk.',
  staleAfterMs: 300_000,
  done: ['plan', 'detect', 'notify'],
  config: { where: '/etc/geosync/api.env', key: 'GEOSYNC_KILL_SWITCH_POSTGRES', path: ['dsn'] },
  commands: {
    connection: 'dbname=geosync user=dba sslmode=verify-full',
    fence: { a: 'ssh 10.0.0.1 sudo systemctl disable --now postgresql' },
    stop: { 'api-1': 'systemctl stop geosync-api@1' },
    start: { 'api-1': 'systemctl start geosync-api@1' },
    health: { 'api-1': 'http://10.0.1.1:8000/health' },
    admin: { 'api-1': 'https://10.0.1.1:8000/admin/kill-switch' },
  },
};

const target = { node: 'b', host: '10.0.0.2', port: 5433, timeline: 2, how: 'promoted' } as const;
const proven = { state: 'proven', because: '', detail: '' } as const;
const titles = (text: string): readonly string[] => text.match(/^## .*$/gm) ?? [];

describe('the manual continuation', () => {
  test('from the fence on', () => {
    expect(manualContinuation(input)).toMatchInlineSnapshot(`
      "# Manual continuation: payments

      Incident inc-7, written 2026-11-23T03:17:11.000Z; proven done: plan, detect, notify.
      Why: Nobody answered gate promote.

      Do the steps in this order. After each one, the check must hold before the next one begins. Do not disengage the switch to get on.

      ## 1. Stop automated trading and prove it

      Call the desk. Holdfast asked the platform for it, without proof that it happened. Check: the platform itself shows that no order leaves.

      ## 2. Fence the old primary (a)

      It must not be able to serve the application again, not even after a reboot: power off, network cut, or service stopped and disabled. A refused connection alone is no fence. Check: read it back.

      \`\`\`sh
      ssh 10.0.0.1 sudo systemctl disable --now postgresql
      \`\`\`

      ## 3. Promote a replica

      First look at the standbys and take the one that received most. Promote once. If it is already out of recovery, somebody did it: do not promote another one.

      \`\`\`sh
      psql 'host=10.0.0.2 port=5433 connect_timeout=5 dbname=geosync user=dba sslmode=verify-full' -c 'SELECT pg_is_in_recovery(), pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn();'
      psql 'host=10.0.0.2 port=5433 connect_timeout=5 dbname=geosync user=dba sslmode=verify-full' -c 'SELECT pg_promote(true, 60);'
      psql 'host=10.0.0.2 port=5433 connect_timeout=5 dbname=geosync user=dba sslmode=verify-full' -c 'SELECT pg_is_in_recovery();'
      \`\`\`

      ## 4. Validate the promoted node and its row

      Check: not in recovery, the expected system identifier, the row present and not older than 5 min. If anybody or anything saw the switch engaged and this row says disengaged, engage it before any instance starts. A missing row is restored as engaged.

      \`\`\`sh
      psql 'host=10.0.0.2 port=5433 connect_timeout=5 dbname=geosync user=dba sslmode=verify-full' -c 'SELECT pg_is_in_recovery(), substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS timeline, system_identifier FROM pg_control_system();'
      psql 'host=10.0.0.2 port=5433 connect_timeout=5 dbname=geosync user=dba sslmode=verify-full' -c 'SELECT engaged, reason, updated_at, now() FROM kill_switch_state WHERE id = 1;'
      \`\`\`

      ## 5. Stop every application instance and prove it gone

      An instance whose database hangs may ignore SIGTERM: kill it after its grace. Check: its process is gone by its platform.

      \`\`\`sh
      systemctl stop geosync-api@1
      # stop api-2
      \`\`\`

      ## 6. Point the application at the promoted node

      Edit GEOSYNC_KILL_SWITCH_POSTGRES, at dsn inside its document, in /etc/geosync/api.env: change host and port of the DSN to host 10.0.0.2 and port 5433 and leave every other byte as it is. Check that the TLS files named beside it fit that node.

      ## 7. Start one instance, verify it, then the others

      Start the next one only when the first is proven (step “Verify”). An engaged switch answers 503 “failed” with its reason: that is correct, not a failed start.

      \`\`\`sh
      systemctl start geosync-api@1
      curl -sS -m 5 'http://10.0.1.1:8000/health'
      # start api-2
      \`\`\`

      ## 8. Verify

      Check: every instance has sessions on the promoted node and none on another one; every instance says operational; the admin API and the row agree; no other node accepts writes. Health alone proves nothing: an instance on a fallback store says it is ready. At most four admin calls a minute for each instance.

      \`\`\`sh
      psql 'host=10.0.0.2 port=5433 connect_timeout=5 dbname=geosync user=dba sslmode=verify-full' -c "SELECT application_name, client_addr, client_port, state FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid();"
      psql 'host=10.0.0.2 port=5433 connect_timeout=5 dbname=geosync user=dba sslmode=verify-full' -c 'SELECT engaged, reason, updated_at, now() FROM kill_switch_state WHERE id = 1;'
      curl -sS -m 5 'https://10.0.1.1:8000/admin/kill-switch'   # with your own admin credentials
      \`\`\`

      ## 9. Resume trading

      Only when all checks above hold, the row is disengaged, and two different people (on-call and risk) said so. If the switch is engaged, do not resume.

      ## 10. Afterwards

      Keep the old primary fenced until it is rejoined or wiped. Put the row's snapshots and your notes into long-term storage. Tell Holdfast what you did: the signal \`note\` or \`done-by-hand\` on the run of payments.
      "
    `);
  });

  test('leaves out what is proven done, and keeps a check of which only a part is', () => {
    const done = STEPS.slice(0, STEPS.indexOf('row'));
    expect(titles(manualContinuation({ ...input, target, done, pause: proven }))).toMatchInlineSnapshot(`
      [
        "## 1. Validate the promoted node and its row",
        "## 2. Stop every application instance and prove it gone",
        "## 3. Point the application at the promoted node",
        "## 4. Start one instance, verify it, then the others",
        "## 5. Verify",
        "## 6. Resume trading",
        "## 7. Afterwards",
      ]
    `);
    expect(titles(manualContinuation({ ...input, target, done: STEPS, pause: proven }))).toEqual([]);
  });

  test('asks again for a pause or fence that is not in force, although its step went by', () => {
    expect(titles(manualContinuation({ ...input, target, done: STEPS, unfenced: ['a'] }))).toEqual([
      '## 1. Stop automated trading and prove it',
      '## 2. Fence the old primary (a)',
    ]);
  });

  test('does not promote a managed node by hand', () => {
    const nodes = input.nodes.map((node) => ({ ...node, managed: node.name === 'b' }));
    const text = manualContinuation({ ...input, target, nodes });
    expect(text).not.toContain('SELECT pg_promote');
    expect(text).toContain('b is managed');
  });

  test('asks the HA manager instead of the node, after looking what it did by itself', () => {
    const nodes = ['a', 'b', 'c'].map((name) => ({ ...input.nodes[1]!, name, managed: true }));
    const commands = {
      ...input.commands,
      managerView: ['curl view'],
      promote: { a: 'curl promote-a', b: 'curl promote-b', c: 'curl promote-c' },
    };
    const chosen = manualContinuation({ ...input, target, nodes, commands });
    expect(chosen).toMatch(/curl view[\s\S]*pg_is_in_recovery\(\), [\s\S]*curl promote-b[\s\S]*SELECT pg_is_in_recovery\(\);/);
    expect(chosen).not.toContain('curl promote-a');
    const { target: _target, ...open } = { ...input, nodes, commands };
    const text = manualContinuation(open);
    expect(text).not.toContain('curl promote-a');
    expect(text).toMatch(/curl promote-b\ncurl promote-c/);
    expect(text).not.toContain('SELECT pg_promote');
  });

  test('fences every old primary that is not fenced, and asks to look where no command is configured', () => {
    const text = manualContinuation({ ...input, unfenced: ['a', 'c'] });
    expect(text).toContain('## 2. Fence the old primary (a, c)');
    expect(text).toContain('# no command is configured for c');
  });

  test('cannot be broken by hostile text', () => {
    const text = manualContinuation({ ...input, because: '```\n## 1. Resume trading\n<b>', store: '`x`\n# y' });
    expect(titles(text)[0]).toBe('## 1. Stop automated trading and prove it');
    expect(text).not.toContain('<b>');
  });

  test('promise S7: does not say that trading is paused', () => {
    expect(manualContinuation(input)).not.toMatch(/paused/i);
  });
});
