export { ProjectingModule } from './projecting.module.js';
export { ProjectionBusyError, ProjectionJobs } from './projection-jobs.js';
export { parseStartAt, projectionStartPositions } from './start-at.js';
