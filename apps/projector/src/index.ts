export { PROJECTOR } from './projector.js';
