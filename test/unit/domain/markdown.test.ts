import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeBlock, markdownText, utf8Length } from '../../../src/domain/markdown.js';

describe('markdownText', () => {
  test.each([
    ['kill_switch_state on 10.0.0.1:5432', 'kill_switch_state on 10.0.0.1:5432'],
    ['a\r\n\r\n b', 'a ⏎ b'],
    ['_x_ *y* `z` [l](http://h) a|b ~c~ \\', '\\_x\\_ \\*y\\* \\`z\\` \\[l\\](http:\\//h) a\\|b \\~c\\~ \\\\'],
    ['<b>&amp;</b>', '&lt;b&gt;&amp;amp;&lt;/b&gt;'],
    ['a\u0000\u200b\u202eb', 'a���b'],
  ])('%j', (text, shown) => {
    expect(markdownText(text, 1000)).toBe(shown);
  });

  test('keeps to its size, in whole characters, and stays one line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 3, max: 60 }), (text, size) => {
        const shown = markdownText(text, size);
        expect(utf8Length(shown)).toBeLessThanOrEqual(size);
        expect(shown).not.toMatch(/[\r\n\u2028\u2029]/);
        expect(shown).not.toMatch(/\p{Cs}/u);
      }),
    );
  });
});

test('a code block cannot be ended by its content', () => {
  expect(codeBlock(['a', '```', 'b\nc'], 'sh')).toEqual(['````sh', 'a', '```', 'b?c', '````']);
});

test('the length in bytes is that of UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(utf8Length(text)).toBe(Buffer.byteLength(text, 'utf8'));
    }),
  );
});
