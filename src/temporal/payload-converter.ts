/**
 * A signal is untrusted input: one payload that cannot be decoded (the UI offers "json/protobuf") would wedge the run for ever (measured).
 * So undecodable input becomes a value that no schema accepts, and the run ignores it.
 */
import {
  BinaryPayloadConverter,
  CompositePayloadConverter,
  JsonPayloadConverter,
  UndefinedPayloadConverter,
  type Payload,
} from '@temporalio/common';

class TolerantPayloadConverter extends CompositePayloadConverter {
  override fromPayload<T>(payload: Payload): T {
    try {
      return super.fromPayload<T>(payload);
    } catch {
      return { undecodable: true } as T;
    }
  }
}

/** Used by worker, client and bundle alike. */
export const payloadConverter = new TolerantPayloadConverter(
  new UndefinedPayloadConverter(),
  new BinaryPayloadConverter(),
  new JsonPayloadConverter(),
);
