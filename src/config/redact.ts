/** Second line of defence for screens and logs: what must not be there is not there even when somebody put it in the wrong place. */

/** Paths that pino removes from every log line. */
export const REDACTED_PATHS: readonly string[] = ['authorization', 'password', 'token', 'secret', 'dsn', 'cookie', 'otpSeed'].flatMap(
  (name) => [name, `*.${name}`, `*.*.${name}`],
);

/** Replaces credentials in URLs, DSNs and authorization headers of a text. */
export function redactText(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1[redacted]@')
    .replace(/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi, '$1 [redacted]')
    .replace(/\bwhsec_[A-Za-z0-9+/=]+/g, '[redacted]')
    .replace(/\b(password|passwd|token|secret|sig)=[^\s&;,]+/gi, '$1=[redacted]')
    .replace(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g, '[redacted key]');
}
