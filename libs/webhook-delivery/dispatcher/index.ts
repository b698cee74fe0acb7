export { DispatchLog } from './dispatch-log.js';
export { observeLags } from './dispatch-metrics.js';
export { DispatchedPartitions } from './dispatched-partitions.js';
export { EndpointDisabler } from './endpoint-disabler.js';
export { FeedPoll } from './feed-poll.js';
export { MaintenanceJobs } from './maintenance-jobs.js';
