export { TASK_QUEUES } from '../workflows/activity-options.js';
