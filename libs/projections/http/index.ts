export { TakesQueryTurn } from './query-share.interceptor.js';
export { readModelOf } from './read-your-writes.interceptor.js';
export { type FoundOne, foundOne, ReadsOne } from './reads-one.decorator.js';
export { QueryShares } from './query-shares.js';
export { QueryingModule } from './querying.module.js';
export { ReadsYourWrites } from './reads-your-writes.decorator.js';
