export { PROJECTOR_SERVER, ProjectorModule } from './projector.module.js';
