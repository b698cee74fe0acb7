export { TakesQueryTurn } from './query-share.interceptor.js';
export { QueryShares } from './query-shares.js';
export { QueryingModule } from './querying.module.js';
export { ReadsYourWrites } from './reads-your-writes.decorator.js';
