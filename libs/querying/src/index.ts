export * from './position-problem.js';
export * from './querying.module.js';
export * from './reads-your-writes.decorator.js';
export * from './query-share.interceptor.js';
export * from './query-shares.js';
