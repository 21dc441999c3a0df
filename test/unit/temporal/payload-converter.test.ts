import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { payloadConverter } from '../../../src/temporal/payload-converter.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const payload = (encoding: string, data: string) => ({ metadata: { encoding: bytes(encoding) }, data: bytes(data) });

test('what can be encoded comes back as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      // JSON has no -0; everything else survives.
      expect(payloadConverter.fromPayload(payloadConverter.toPayload(value)!)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
  expect(payloadConverter.fromPayload(payloadConverter.toPayload(undefined)!)).toBeUndefined();
  expect(payloadConverter.fromPayload(payloadConverter.toPayload(new Uint8Array([1, 2]))!)).toEqual(new Uint8Array([1, 2]));
});

describe('promise S9: what the UI or a script can send never throws: it becomes a value that no schema accepts', () => {
  const odd = {
    'protobuf as JSON, which the UI offers': payload('json/protobuf', '{"gate":"promote"}'),
    'protobuf as bytes': payload('binary/protobuf', 'x'),
    'an unknown encoding': payload('json/encrypted', '{}'),
    'JSON that is none': payload('json/plain', '{"gate":'),
    'an empty text as JSON': payload('json/plain', ''),
    'bytes that are no UTF-8': { metadata: { encoding: bytes('json/plain') }, data: new Uint8Array([0xff, 0xfe]) },
    'no encoding': { metadata: {}, data: bytes('{}') },
    'no metadata': { data: bytes('{}') },
    nothing: {},
  };
  test.each(Object.entries(odd))('%s', (_name, value) => {
    expect(payloadConverter.fromPayload(value)).toEqual({ undecodable: true });
  });
  test('for any bytes under any encoding', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom('json/protobuf', 'binary/protobuf', 'json/plain', 'binary/plain', 'binary/null'), fc.string()),
        fc.uint8Array(),
        (encoding, data) => {
          payloadConverter.fromPayload({ metadata: { encoding: bytes(encoding) }, data });
        },
      ),
    );
  });
});
