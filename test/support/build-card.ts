/** A card's input with everything known; tests change what they are about. */
import type { CardInput } from '../../src/domain/card.js';
import { DEFAULT_GATE_POLICIES } from '../../src/domain/gate-policy.js';
import type { Person, Role } from '../../src/domain/plan.js';
import type { PauseFacts } from '../../src/domain/run-facts.js';

const person = (id: string, ...roles: Role[]): Person => ({ id, roles, handles: [], keys: [] });
/** When the card of the builder was written. */
export const CARD_AT_MS = Date.UTC(2026, 10, 23, 3, 2, 11);

/** What the card of a lost primary is made of. */
export const cardOfLostPrimary: CardInput = {
  mode: 'incident',
  store: 'payments',
  workflowId: 'failover:geosync',
  policy: DEFAULT_GATE_POLICIES.promote,
  opening: 1,
  code: '7K3M9QZ2AB',
  fields: [
    { name: 'candidate', label: 'Candidate', value: 'node-b', rule: 'same' },
    { name: 'loss', label: 'Possible loss', value: 0, rule: 'at-most', bound: 4096, unit: 'bytes' },
    { name: 'clock', label: 'Clock of node-b', value: 12, rule: 'shown', unit: 'ms' },
  ],
  writtenAtMs: CARD_AT_MS,
  deadlineAtMs: CARD_AT_MS + 15 * 60_000,
  armed: true,
  broken: 'node-a refused the connection 3 times (ECONNREFUSED); no instance reports its store operational.',
  pause: { state: 'none', because: '', detail: 'Trading was not paused by Holdfast.' },
  restingOrders: 'unknown',
  manualKill: 'call the desk, 555-0100',
  truth: ['node-a: no answer', 'node-b (replica, at 0/3000148): disengaged', 'last snapshot, 40 s ago: disengaged'],
  unknownWindow: 'What happened to the switch from 03:01:20Z to 03:02:00Z.',
  loss: 'At least 0 bytes, and anything after 03:01:20Z.',
  fence: 'node-a is stopped and disabled on its host (class H).',
  people: [person('alice', 'on-call'), person('bob', 'risk'), person('carol', 'on-call', 'risk')],
  extraPeople: [],
};

/** A pause that is proven. */
export const provenPause: PauseFacts = {
  state: 'proven',
  because: 'staleness window',
  detail: 'The platform reports 0 running strategies.',
  record: { key: 'k', requestedAtMs: CARD_AT_MS - 60_000, provenAtMs: CARD_AT_MS - 58_000, restore: {} },
};
