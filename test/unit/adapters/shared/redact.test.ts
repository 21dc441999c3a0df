import { describe, expect, test } from 'vitest';
import { showable } from '../../../../src/adapters/shared/redact.js';

describe('showable', () => {
  test.each([
    ['postgresql+psycopg://geosync:canary@db:5432/x failed', 'postgresql+psycopg://***@db:5432/x failed'],
    ['postgres://u:can@ary@db/x', 'postgres://***@db/x'],
    ['host=db password=canary user=u', 'host=db password=*** user=u'],
    ['password="canary with spaces" x', 'password=*** x'],
    ['{"token":"canary","a":1}', '{"token":***,"a":1}'],
    ['PGPASSWORD=canary psql', 'PGPASSWORD=*** psql'],
    ['Authorization: Bearer canary.canary.canary', 'Authorization: Bearer ***'],
    ['whsec_Y2FuYXJ5 is wrong', '*** is wrong'],
    ['-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY----- end', '*** end'],
    ['connection to 127.0.0.1:5432 refused', 'connection to 127.0.0.1:5432 refused'],
    ['see https://example.test/a@b', 'see https://example.test/a@b'],
  ])('is shown as in case %#: the secret is gone, the words around it stay', (text, shown) => {
    expect(showable(text)).toBe(shown);
  });

  test('control characters become spaces, and of a long text the last words stay', () => {
    expect(showable('\u001b[31mred\u0007\nline')).toBe('[31mred line');
    expect(showable('x'.repeat(50), 10)).toBe(`…${'x'.repeat(9)}`);
  });
});
