/**
 * Makes foreign text (a command's output, a server's answer) fit to be shown: credentials of the usual forms are masked, control
 * characters are replaced, and the length is bounded. A net below the rule that secrets are not put there in the first place.
 */

const MASK = '***';

const FORMS: readonly (readonly [RegExp, string])[] = [
  // A user and a password in a URI. Greedy up to the last @ before a slash or space: a password may hold an unescaped @.
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/"']*@/gi, `$1${MASK}@`],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${MASK}`],
  // key=value and "key": "value", where the key ends in a telling word.
  [/([a-z0-9_-]*(?:password|passwd|pwd|secret|token|api[_-]?key)["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&}]+)/gi, `$1${MASK}`],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, MASK],
  [/\bwhsec_[A-Za-z0-9+/=]+/g, MASK],
];

/** The text without credentials, on one line, at most `limit` characters; the end is kept, because the last words tell the cause. */
export function showable(text: string, limit = 400): string {
  const masked = FORMS.reduce((current, [form, replacement]) => current.replace(form, replacement), text);
  // oxlint-disable-next-line no-control-regex -- these are the characters that must not reach a terminal
  const line = masked.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  return line.length <= limit ? line : `…${line.slice(line.length - limit + 1)}`;
}
