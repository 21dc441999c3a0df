/** A whole plan and the facts of a finished run, with everything that a report or a card can show; tests change what they are about. */
import { DEFAULT_GATE_POLICIES } from '../../src/domain/gate-policy.js';
import type { Person, Plan, Role } from '../../src/domain/plan.js';
import type { RunFacts } from '../../src/domain/run-facts.js';
import { NOW_MS, planPart } from './build-facts.js';

const person = (id: string, ...roles: Role[]): Person => ({ id, roles, handles: [], keys: [] });

export const PLAN_HASH = 'ab'.repeat(32);

/** A complete armed plan of the default pair. */
export function buildPlan(over: Partial<Plan> = {}): Plan {
  const { lastSnapshot, ...part } = planPart();
  return {
    ...part,
    ...(lastSnapshot === undefined ? {} : { lastSnapshot }),
    schema: 1,
    store: 'payments',
    cluster: 'geosync',
    mode: 'incident',
    incident: 'payments-20261123-030000',
    armed: true,
    people: [person('alice', 'on-call'), person('bob', 'risk'), person('carol', 'on-call', 'risk')],
    gates: DEFAULT_GATE_POLICIES,
    standing: [],
    adapters: {
      cluster: { kind: 'postgres', promote: 'read-back', settleMs: 5_000 },
      workload: { kind: 'exec', rolls: false, found: false },
      configSource: { kind: 'env-file', form: 'file app.env, key DSN', owner: 'nobody' },
      pause: {
        kind: 'http',
        able: true,
        pause: 'repeatable',
        resume: 'read-back',
        settleMs: 5_000,
        restingOrders: 'left',
        manualKill: 'call the desk, 555-0100',
      },
      fence: { kind: 'exec' },
      notifiers: ['webhook'],
      archive: { kind: 'jsonl' },
    },
    verifyConsecutive: 3,
    objectives: { rpoMs: 60_000, rtoMs: 600_000 },
    freshnessKeeper: '',
    manual: { commands: {}, config: { where: 'app.env', key: 'DSN', path: ['dsn'] } },
    hash: PLAN_HASH,
    changed: [],
    ...over,
  };
}

/** A run in its first second: a plan and nothing else. */
export function buildRunFacts(over: Partial<RunFacts> = {}): RunFacts {
  return {
    schema: 1,
    workflowId: 'failover:geosync',
    runId: '0190f3c2-0000-7000-8000-000000000001',
    store: 'payments',
    cluster: 'geosync',
    mode: 'incident',
    incident: 'payments-20261123-030000',
    epoch: 1,
    armed: true,
    startedAtMs: NOW_MS,
    planHash: PLAN_HASH,
    steps: [],
    gates: [],
    pause: { state: 'none', because: '', detail: '' },
    fences: [],
    unfenced: [],
    truth: [],
    errors: [],
    ignored: [],
    alerts: { recorded: 0, counted: 0 },
    notes: [],
    ...over,
  };
}

/** A text with everything in it that could break Markdown, a table, a code span or a terminal. */
export const HOSTILE_TEXT = '`|<script>**x**\u0000\u202e\n\r\n# [a](https://evil.test) \ud83d\ude00\ud800 $(rm -rf) ```';
