import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDocumentValue, replaceDocumentValue } from '../../../src/domain/document-path.js';

const document = ' {\r\n\t"tls" : {"dsn":"other"}, "a":[1, {"dsn" : "x\\u002fy\\/z" } ],\n "dsn":"p\\u0040h:1/db" , "n": -1.5e3 }\n';

describe('replaceDocumentValue', () => {
  test.each([
    [['dsn'], 'p@h:1/db', 'p@h:2/db', document.replace('h:1/db', 'h:2/db')],
    [['tls', 'dsn'], 'other', 'ot"her', document.replace('"other"', '"ot\\"her"')],
    [['a', '1', 'dsn'], 'x/y/z', 'x/Y/z', document.replace('\\u002fy\\/z', '\\u002fY\\/z')],
  ])('changes only what differs at %j', (path, was, value, expected) => {
    expect(readDocumentValue(document, path)).toBe(was);
    expect(replaceDocumentValue(document, path, value)).toBe(expected);
    expect(replaceDocumentValue(document, path, was)).toBe(document);
  });

  test.each<[string, readonly string[], string, string]>([
    ['{"dsn":"sEcReT', ['dsn'], 'HF_DSN_UNPARSABLE', 'not valid JSON'],
    ['{"dsn":"sEcReT","dsn":"b"}', ['dsn'], 'HF_DSN_UNPARSABLE', 'the key dsn 2 times'],
    ['{"dsn":{"x":"sEcReT"}}', ['dsn'], 'HF_CONFIG_INVALID', 'at dsn in the document is not a string'],
    ['{"dsn":"sEcReT"}', ['tls', 'dsn'], 'HF_CONFIG_INVALID', 'nothing at tls'],
    ['{"dsn":"sEcReT"}', ['dsn', 'x'], 'HF_CONFIG_INVALID', 'nothing at dsn.x'],
    ['["sEcReT"]', ['1'], 'HF_CONFIG_INVALID', 'nothing at 1'],
    ['{}', ['__proto__'], 'HF_CONFIG_INVALID', 'nothing at __proto__'],
  ])('refuses %s at %j', (text, path, code, message) => {
    const replace = (): string => replaceDocumentValue(text, path, 'x');
    expect(replace).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
    expect(replace).not.toThrow('sEcReT');
  });

  test('for any document: reads what JSON reads, replaces what was asked, and back again is the same text', () => {
    const anyText = fc.string({ unit: 'binary' });
    const anyDocument = fc
      .record({ before: fc.jsonValue(), value: anyText, key: anyText, after: fc.jsonValue(), space: fc.constantFrom('', '\t', 2) })
      .map(({ before, value, key, after, space }) => ({
        value,
        key,
        text: JSON.stringify({ _: before, deep: [after, { [`k${key}`]: value }], z: after }, null, space),
      }));
    fc.assert(
      fc.property(anyDocument, anyText, ({ text, key, value }, next) => {
        const path = ['deep', '1', `k${key}`];
        expect(readDocumentValue(text, path)).toBe(value);
        const replaced = replaceDocumentValue(text, path, next);
        expect(readDocumentValue(replaced, path)).toBe(next);
        expect(replaceDocumentValue(replaced, path, value)).toBe(text);
      }),
    );
  });

  test('does not cut a pair of surrogates', () => {
    expect(replaceDocumentValue('{"a":"\\ud83d\\ude00"}', ['a'], '😁')).toBe('{"a":"😁"}');
  });
});
