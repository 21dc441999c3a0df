/**
 * The kinds of values that appear all over the configuration. Every message reads `what — fix`: it is shown to a person beside the path,
 * and it never repeats the value, which may be a secret in the wrong place.
 */
import ms from 'ms';
import { z } from 'zod';

/** Reads a duration as Temporal and `ms` write it ("5m", "90s", "1.5h"). Undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  // A bare number is refused: nobody can tell whether it means seconds or milliseconds.
  if (!/^\d+(\.\d+)?\s?[a-z]+$/i.test(text)) return undefined;
  const value = ms(text as ms.StringValue);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A duration with a unit; milliseconds after parsing. */
export const duration = z
  .string({ error: 'is not a duration — write a number with a unit in quotes, for example "30s" or "5m"' })
  .refine((text) => parseDuration(text) !== undefined, 'is not a duration — write a number with a unit, for example "30s", "5m" or "1h"')
  .meta({ pattern: '^[0-9]+(\\.[0-9]+)? ?[a-zA-Z]+$', examples: ['30s', '5m', '1h'] })
  .transform((text) => parseDuration(text) ?? 0);

/** A duration with a default given in milliseconds; editors see it in words ("5m"). */
export function durationOr(defaultMs: number, description: string) {
  return duration.prefault(ms(defaultMs)).describe(description);
}

const REFERENCE = /^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/.+)$/;

/** Whether the text is a secret reference. */
export function isReference(text: string): boolean {
  return REFERENCE.test(text);
}

const LITERAL =
  'is not a reference — secrets are never written here: put the value in a file or a variable and write `file:/path` or `env:NAME`';

/** A reference to a secret: `env:NAME` or `file:/absolute/path`. A literal is refused, and never repeated in the message. */
export const secretReference = z
  .string({ error: LITERAL })
  .regex(REFERENCE, LITERAL)
  .meta({ examples: ['env:HOLDFAST_TOKEN', 'file:/etc/holdfast/token'] });

/** A short name that goes into workflow ids, file names and search attributes. */
export const shortName = z
  .string({ error: 'is not a name — write letters, digits, dot, dash or underscore' })
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'is not a name — write up to 63 letters, digits, dots, dashes or underscores, the first a letter or digit',
  );

/** A command as a list of words; never a shell line. `{instance}`, `{node}` and `{host}` are replaced where the section says so. */
export const command = z
  .array(z.string().min(1, 'is empty — leave the word out'), {
    error: 'is not a command — write a list of words: ["systemctl", "stop", "geosync"]',
  })
  .min(1, 'is empty — write the program and its words: ["systemctl", "stop", "geosync"]');

/** An http or https address without credentials in it. */
export const webAddress = z.string({ error: 'is not an address — write https://host:port' }).superRefine((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    context.addIssue({ code: 'custom', message: 'is not an address — write https://host:port' });
  } else if (url.username !== '' || url.password !== '') {
    context.addIssue({ code: 'custom', message: 'holds credentials — take them out and give them as a reference' });
  }
});

/** A DNS name or an address. */
export const hostName = z
  .string({ error: 'is not a host — write a DNS name or an address' })
  .regex(/^[A-Za-z0-9._:-]{1,253}$/, 'is not a host — write a DNS name or an address, without scheme and port');

/** A TCP port. */
export const port = z
  .int({ error: 'is not a port — write a whole number from 1 to 65535' })
  .min(1, 'is not a port — write a whole number from 1 to 65535')
  .max(65_535, 'is not a port — write a whole number from 1 to 65535');

/** An absolute path on this machine. */
export const absolutePath = z.string({ error: 'is not a path' }).regex(/^\//, 'is not an absolute path — begin it with /');

/** `host:port` to listen on; port 0 lets the system choose. */
export const listenAddress = z
  .string({ error: 'is not an address — write host:port' })
  .regex(/^(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+):\d{1,5}$/, 'is not an address — write host:port, for example "127.0.0.1:8780"');
