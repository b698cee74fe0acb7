export { InMemoryKeys, sealedInMemory } from './in-memory-keys.js';
