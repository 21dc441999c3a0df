import { HoldfastError } from '../../domain/errors.js';

const SEGMENT = /^[a-z0-9_-][a-z0-9._-]*$/;
const LONGEST = 200;

/**
 * Checks the name of a document or a series: segments of [a-z0-9._-] between slashes, none of which begins with a dot (no way out of the
 * folder, no hidden or temporary file). Errors: HF_ARCHIVE_FAILED.
 */
export function checkName(name: string): string {
  if (name.length <= LONGEST && name.split('/').every((segment) => SEGMENT.test(segment))) return name;
  throw new HoldfastError(
    'HF_ARCHIVE_FAILED',
    `The name ${JSON.stringify(name.slice(0, 80))} is not allowed: segments of a-z, 0-9, dot, dash and underscore, none beginning with a dot, at most ${LONGEST} characters.`,
    {
      name: name.slice(0, 80),
      rule: 'names of the archive',
    },
  );
}
