/**
 * Temporal's client and worker load the payload converter by `require(path)`, past vitest's own transformation. Importing this file lets
 * that `require` read TypeScript.
 */
import { register } from 'tsx/cjs/api';

register();
