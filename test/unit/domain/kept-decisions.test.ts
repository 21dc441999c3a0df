import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Inbox } from '../../../src/workflows/inbox.js';
import { NOW_MS } from '../../support/build-facts.js';

const create = (): Inbox => new Inbox(() => NOW_MS);
const decision = { schema: 1, gate: 'promote', option: 'approve', code: '7K3M9QZ2AB', by: 'alice' };

describe('promise S10: a flood of decisions shuts nobody out', () => {
  const ana = { id: 'ana', roles: ['on-call' as const], handles: ['ana@example.test'], keys: [{ id: 'ana-key', publicKey: 'x' }] };
  const by = (name: string, code = ''): Record<string, unknown> => ({ ...decision, by: name, code });
  const signedBy = (key: string, value = 'v'): Record<string, unknown> => ({ ...decision, by: 'ana', signature: { key, value } });
  const listed = (): Inbox => {
    const inbox = create();
    inbox.list([ana]);
    return inbox;
  };
  const send = (inbox: Inbox, times: number, payload: (i: number) => unknown): void => {
    for (let i = 0; i < times; i += 1) inbox.decide(payload(i), 'signal');
  };

  test('of one name the newest 50 are kept; the count goes on, and it is said once', () => {
    const inbox = listed();
    send(inbox, 130, () => by('ana'));
    expect(inbox.decisions.map(({ n }) => n)).toEqual(Array.from({ length: 50 }, (_, i) => 81 + i));
    expect([inbox.decided, inbox.droppedDecisions]).toEqual([130, 80]);
    expect(inbox.ignored).toEqual([
      expect.stringMatching(/decide: too many decisions; the newest 50 under each name are kept, and the newest 100 of all names/),
    ]);
    expect(inbox.decide(by('ana'), 'update')).toEqual({ ok: true, n: 131 });
  });

  test.each([
    ['id', by('ana')],
    ['handle', by('ana@example.test')],
    ['key', signedBy('ana-key')],
  ])('a listed person’s decision under their %s survives 2,000 of others, however they are called', (_what, word) => {
    const inbox = listed();
    inbox.decide(word, 'signal');
    send(inbox, 2000, (i) => (i % 3 === 0 ? by('mallory') : i % 3 === 1 ? by(`m${i}`) : signedBy(`k${i}`)));
    expect(inbox.decisions[0]?.n).toBe(1);
    expect([inbox.decisions.length, inbox.droppedDecisions, inbox.decided]).toEqual([101, 1900, 2001]);
  });

  test('who floods a typed name takes no room of the key of that name', () => {
    const inbox = create();
    inbox.list([{ ...ana, keys: [{ id: 'ana', publicKey: 'x' }] }]);
    inbox.decide(signedBy('ana'), 'signal');
    send(inbox, 300, () => by('ana'));
    expect(inbox.decisions.map(({ n }) => n)).toEqual([1, ...Array.from({ length: 50 }, (_, i) => 252 + i)]);
  });

  test('a person whose own name is flooded is heard by saying it again', () => {
    const inbox = listed();
    inbox.decide(signedBy('ana-key', 'real'), 'signal');
    send(inbox, 200, () => signedBy('ana-key', 'forged'));
    expect(inbox.decisions.some((d) => d.decision.signature?.value === 'real')).toBe(false);
    inbox.decide(signedBy('ana-key', 'real'), 'signal');
    expect(inbox.decisions.at(-1)?.decision.signature?.value).toBe('real');
  });

  test('before there is a plan nobody is listed: the newest 100 are kept, and listed people keep theirs from then on', () => {
    const inbox = create();
    send(inbox, 150, (i) => by(`m${i}`));
    send(inbox, 10, () => by('ana'));
    expect([inbox.decisions.length, inbox.droppedDecisions]).toEqual([100, 60]);
    inbox.list([ana]);
    send(inbox, 500, (i) => by(`x${i}`));
    expect(inbox.decisions.filter((d) => d.decision.by === 'ana')).toHaveLength(10);
    expect(inbox.decisions).toHaveLength(110);
  });

  test('nobody at all is one author', () => {
    const inbox = listed();
    send(inbox, 80, () => ({ ...decision, by: undefined }));
    expect(inbox.decisions).toHaveLength(50);
  });

  test('an author who was found out to be a person has room of their own (a key named by its fingerprint)', () => {
    const inbox = listed();
    const word = signedBy('0123456789abcdef');
    inbox.decide(word, 'signal');
    const [first] = inbox.decisions;
    if (first !== undefined) inbox.listAuthorOf(first.decision);
    send(inbox, 500, (i) => by(`m${i}`));
    expect(inbox.decisions[0]?.n).toBe(1);
  });

  test('for any order of names and plans no limit is passed and the newest word of each name that is kept is their last', () => {
    const name = fc.constantFrom('ana', 'ana@example.test', 'm1', 'm2', '');
    fc.assert(
      fc.property(fc.array(name, { minLength: 100, maxLength: 400 }), fc.nat(400), (names, planAt) => {
        const inbox = create();
        names.forEach((one, i) => {
          if (i === planAt) inbox.list([ana]);
          inbox.decide(by(one), 'signal');
          expect(inbox.decisions.at(-1)?.n).toBe(i + 1);
        });
        const kept = (one: string): number => inbox.decisions.filter((d) => (d.decision.by ?? '') === one).length;
        for (const one of names) expect(kept(one)).toBeLessThanOrEqual(50);
        expect(kept('m1') + kept('m2') + kept('')).toBeLessThanOrEqual(100);
        expect(inbox.decisions.length + inbox.droppedDecisions).toBe(names.length);
      }),
      { numRuns: 40 },
    );
  });
});
