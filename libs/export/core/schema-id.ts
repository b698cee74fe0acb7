/** The registry's id of the schema that a value in Confluent's wire format was written with. */
export const schemaIdOf = (value: Buffer): number => value.readUInt32BE(1);
