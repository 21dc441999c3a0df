/** The workflow functions of the bundle. */
export { afterwards } from './afterwards.js';
export { failover } from './failover.js';
export { pauseOnly } from './pause-only.js';
export { sentinel } from './sentinel.js';
export { watchStore } from './watch-store.js';
