// The generator must run while the library's generated part is missing or broken: it takes one file of it only.
export * from '../../libs/contracts/src/avro-schema.js';
