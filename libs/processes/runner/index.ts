export { ProcessingModule } from './processing.module.js';
export { PROCESS_TARGETS, type ProcessingOptions } from './processing-options.js';
export type { ProcessTarget, ProcessTargets, DispatchedCommand } from './process-target.js';
