export * from './projecting.module.js';
export type { ProjectingOptions } from './projecting-options.js';
export * from './start-at.js';
