export { ProjectingModule } from './projecting.module.js';
export { parseStartAt, projectionStartPositions } from './start-at.js';
