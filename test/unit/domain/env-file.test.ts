import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readEnvValue, replaceEnvValue } from '../../../src/domain/env-file.js';

describe('an environment file', () => {
  test.each([
    ['KEY=old\n', 'old', 'KEY=new\n'],
    ['# KEY=no\n; KEY=no\n\n  KEY = old  \nX=1', 'old', '# KEY=no\n; KEY=no\n\n  KEY = new  \nX=1'],
    ['X=1\r\nKEY=old\r\nY=2\r\n', 'old', 'X=1\r\nKEY=new\r\nY=2\r\n'],
    ["export KEY='old'  \n", 'old', "export KEY='new'  \n"],
    ['KEY="old"', 'old', 'KEY="new"'],
    ['KEY=\nX=1', '', "KEY='new'\nX=1"],
    ['KEY=""', '', "KEY='new'"],
    ['KEY=first\nKEY=old\n', 'old', 'KEY=first\nKEY=new\n'],
    ['OTHER_KEY=1\nKEY=old\nKEY_2=3\n', 'old', 'OTHER_KEY=1\nKEY=new\nKEY_2=3\n'],
    ["A='x\nKEY=no'\nKEY=old", 'old', "A='x\nKEY=no'\nKEY=new"],
    ['# continued \\\nKEY=no\nKEY=old', 'old', '# continued \\\nKEY=no\nKEY=new'],
    ['KEY="o"\'ld\'', 'old', "KEY='new'"],
    ['KEY=o\\\nld\nX=1', 'old', 'KEY=new\nX=1'],
  ])('%j', (text, value, replaced) => {
    expect(readEnvValue(text, 'KEY').value).toBe(value);
    expect(replaceEnvValue(text, 'KEY', 'new')).toBe(replaced);
    expect(replaceEnvValue(text, 'KEY', value)).toBe(text);
  });

  test.each([
    ['KEY=a\\b\\ c d\\\\  ', 'ab c d\\'],
    ['KEY=a"b"c\'d', 'a"b"c\'d'],
    ['KEY="a\\"b\\\\c\\$d\\x"', 'a"b\\c$d\\x'],
    ["KEY='a\\\"b $c'", 'a\\"b $c'],
    ['KEY=a#b ;c', 'a#b ;c'],
    ['KEY="a\\\nb"', 'ab'],
  ])('%j is read as systemd reads it', (text, value) => {
    expect(readEnvValue(text, 'KEY').value).toBe(value);
  });

  test('changes only what differs, inside the quotes and escapes that are there', () => {
    const text = `A=1\nDSN='{"dsn":"postgresql://u:p\\u0040@node-a:5432/db"}'\nB=2\n`;
    const { value } = readEnvValue(text, 'DSN');
    expect(replaceEnvValue(text, 'DSN', value.replace('node-a', 'node-b'))).toBe(text.replace('node-a', 'node-b'));
    expect(replaceEnvValue('DSN=u:p\\@node-a/db', 'DSN', 'u:p@node-b/db')).toBe('DSN=u:p\\@node-b/db');
    expect(replaceEnvValue('DSN="u:\\$p@node-a/db"', 'DSN', 'u:$p@node-b/db')).toBe('DSN="u:\\$p@node-b/db"');
    expect(replaceEnvValue("KEY='ab'", 'KEY', "a'b")).toBe('KEY="a\'b"');
  });

  test('names every line that sets the key', () => {
    expect(readEnvValue('KEY=1\n# x\nKEY=2\r\n\r\nKEY=3', 'KEY').lines).toEqual([1, 3, 5]);
  });

  test('refuses a key that is not set and a value that cannot be kept, without values', () => {
    expect(() => readEnvValue('X=sEcReT', 'KEY')).toThrow(
      expect.objectContaining({ code: 'HF_CONFIG_INVALID', message: expect.stringContaining('does not set KEY') }),
    );
    expect(() => readEnvValue('X=sEcReT', 'KEY')).not.toThrow('sEcReT');
    expect(() => replaceEnvValue('KEY=1', 'KEY', 'sEcReT\nX=1')).toThrow('has a line break');
    expect(() => replaceEnvValue('KEY=1', 'KEY', 'sEcReT\nX=1')).not.toThrow('sEcReT');
  });

  test('for any file and value: the value is replaced, everything else stays, and writing what is there changes nothing', () => {
    const piece = fc.stringMatching(/^[A-Za-z0-9 \\'"$`#;=\t@:/?&{}[\]-]{0,10}$/);
    const line = fc.oneof(
      piece.map((text) => `# ${text.replaceAll('\\', '')}`),
      fc.constant(''),
      fc.constantFrom("A='x y'", 'B="a\\"b"', 'C=1', 'export D=2', 'KEY2=x'),
    );
    const quoted = fc.constantFrom('KEY=ab', "KEY='a b'", 'KEY="a b"', 'KEY=', 'KEY=a\\ b', 'KEY=\'a\'"b"', '  KEY = x ');
    fc.assert(
      fc.property(fc.array(line), quoted, fc.array(line), fc.constantFrom('\n', '\r\n'), piece, (before, assignment, after, end, value) => {
        const text = [...before, assignment, ...after].join(end);
        const replaced = replaceEnvValue(text, 'KEY', value);
        expect(readEnvValue(replaced, 'KEY').value).toBe(value);
        const lines = replaced.split(end);
        expect([lines.slice(0, before.length), lines.slice(before.length + 1)]).toEqual([before, after]);
        expect(replaceEnvValue(replaced, 'KEY', value)).toBe(replaced);
      }),
    );
  });
});
