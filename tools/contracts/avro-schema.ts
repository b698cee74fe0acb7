// The generator imports only this file of the library, so that it runs while the generated code is missing or broken.
export * from '../../libs/contracts/avro-schema.js';
