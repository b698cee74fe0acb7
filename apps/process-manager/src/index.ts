export { PROCESS_MANAGER } from './process-manager.js';
