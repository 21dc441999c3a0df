import { describe, expect, test } from 'vitest';
import { readYamlValue, replaceYamlValue } from '../../../../src/adapters/shared/yaml-value.js';
import { HoldfastError } from '../../../../src/domain/errors.js';

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof HoldfastError) {
      expect(error.message).not.toContain('canary');
      return error.code;
    }
    throw error;
  }
  return 'none';
};

describe('a string inside a YAML document', () => {
  test.each([
    ['db:\n  dsn: old # why\n  n: 1.0\n', 'db:\n  dsn: new # why\n  n: 1.0\n'],
    ['db: { dsn: "old" , x: y }', 'db: { dsn: "new" , x: y }'],
    ["db:\n  'dsn': 'old'\n# end", "db:\n  'dsn': 'new'\n# end"],
    ['# head\ndb:\r\n    dsn:   old\r\n', '# head\ndb:\r\n    dsn:   new\r\n'],
  ])('%j', (before, after) => {
    expect(readYamlValue(before, ['db', 'dsn'])).toBe('old');
    expect(replaceYamlValue(before, ['db', 'dsn'], 'new')).toBe(after);
  });

  test('quotes within are escaped in the style of the scalar', () => {
    expect(replaceYamlValue("a: 'x'", ['a'], "it's")).toBe("a: 'it''s'");
    expect(replaceYamlValue('a: "x"', ['a'], 'a "b"')).toBe('a: "a \\"b\\""');
  });

  test.each([
    ['a value that would mean something else when plain', 'a: old', ['a'], 'new # comment', 'HF_DSN_UNPARSABLE'],
    ['a value that would become a number', 'a: old', ['a'], '42', 'HF_CONFIG_INVALID'],
    ['a block scalar', 'a: |\n  canary\n', ['a'], 'new', 'HF_DSN_UNPARSABLE'],
    ['no YAML', 'a: [canary', ['a'], 'new', 'HF_DSN_UNPARSABLE'],
    ['a key given twice', 'a: canary\na: canary', ['a'], 'new', 'HF_DSN_UNPARSABLE'],
    ['nothing at the path', 'a: canary', ['b'], 'new', 'HF_CONFIG_INVALID'],
    ['no string at the path', 'a: [canary]', ['a'], 'new', 'HF_CONFIG_INVALID'],
  ])('refused: %s', (_what, text, path, value, code) => {
    expect(codeOf(() => replaceYamlValue(text, path, value))).toBe(code);
  });
});
