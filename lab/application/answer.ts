/** An HTTP answer of the stand-in. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a text as it is. */
  readonly body: object | string;
}

/** The application's error body. */
export function failure(status: number, code: string, message: string, path: string): Answer {
  return { status, body: { error: { code, message, path, meta: null } } };
}

/** The one answer for every cause: database refused, row stale, quarantined. */
export function internalError(path: string): Answer {
  return failure(500, 'ERR_INTERNAL', 'Unexpected server error.', path);
}
