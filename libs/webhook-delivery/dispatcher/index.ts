export { DispatchLog, unfailing, observeLags } from './dispatch-log.js';
export { EndpointDisabler } from './endpoint-disabler.js';
export { FeedPoll } from './feed-poll.js';
export { HealthReporter } from './health-reporter.js';
export { MaintenanceJobs } from './maintenance-jobs.js';
