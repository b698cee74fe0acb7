export { type AvroDifference, avroDifferences } from './avro-differences.js';
