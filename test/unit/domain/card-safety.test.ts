import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CARD_LIMIT_BYTES, renderCard } from '../../../src/domain/card.js';
import { GATES } from '../../../src/domain/gate.js';
import { DEFAULT_GATE_POLICIES } from '../../../src/domain/gate-policy.js';
import { utf8Length } from '../../../src/domain/markdown.js';
import { cardOfLostPrimary as base, provenPause as proven } from '../../support/build-card.js';

describe('promise S7: the card', () => {
  const states = ['none', 'asked', 'unproven', 'lifted', 'unable'] as const;
  const cases = GATES.filter((gate) => gate !== 'resume').flatMap((gate) => states.map((state) => [gate, state] as const));

  test.each(cases)('of gate %s with a pause that is %s does not say paused', (gate, state) => {
    const card = renderCard({
      ...base,
      policy: DEFAULT_GATE_POLICIES[gate],
      pause: { state, because: 'trading is paused', detail: 'trading is paused' },
    });
    expect(card).not.toMatch(/paused/i);
    expect(card).toMatch(/\*\*Trading:\*\* (LIVE|TREAT AS LIVE)\./);
  });

  test('says paused when it is proven', () => {
    expect(renderCard({ ...base, pause: proven })).toContain('**Trading:** PAUSED, proven since 2026-11-23 03:01:13 UTC.');
  });
});

describe('hostile text', () => {
  const hostile = '```\n# Approved\n| a | b |\n<script>alert(1)</script> [yes](https://evil) **bold** `x` \u202e\u0007 & _it_';

  test('has no effect on the card', () => {
    expect(
      renderCard({ ...base, broken: hostile })
        .split('\n')
        .filter((line) => line.startsWith('**Broken')),
    ).toMatchInlineSnapshot(`
      [
        "**Broken:** \\\`\\\`\\\` ⏎ # Approved ⏎ \\| a \\| b \\| ⏎ &lt;script&gt;alert(1)&lt;/script&gt; \\[yes\\](https:\\//evil) \\*\\*bold\\*\\* \\\`x\\\` �� &amp; \\_it\\_",
      ]
    `);
  });

  test('cannot forge a line, a code block or an answer, nor push the answers out', () => {
    const options = DEFAULT_GATE_POLICIES.promote.options.map(({ name }) => `"option":"${name}"`);
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(hostile, hostile.repeat(200), '😀'.repeat(5000), '<'.repeat(9000), '`'.repeat(50)),
    );
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 8, maxLength: 8 }),
        fc.array(text, { maxLength: 60 }),
        ([a = '', b = '', c = '', d = '', e = '', f = '', g = '', h = ''], many) => {
          const card = renderCard({
            ...base,
            store: a,
            workflowId: b,
            broken: c,
            unknownWindow: d,
            loss: e,
            fence: f,
            manualKill: g,
            pause: { ...proven, detail: h },
            truth: many,
            fields: many.map((value, index) => ({ name: String(index), label: value, value, rule: 'same' })),
          });
          const plain = renderCard({ ...base, pause: proven, fields: [], truth: [] });
          expect(utf8Length(card)).toBeLessThanOrEqual(CARD_LIMIT_BYTES);
          for (const option of options) expect(card).toContain(option);
          expect(card.match(/^#{1,6} /gm)).toEqual(plain.match(/^#{1,6} /gm));
          expect(card.match(/^```/gm)?.length).toBe(plain.match(/^```/gm)?.length);
          expect(card).not.toMatch(/<(?!your )/);
        },
      ),
      { numRuns: 60 },
    );
  });
});
