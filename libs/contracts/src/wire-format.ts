/** Confluent's wire format: a zero byte, the schema's id in four bytes, then Avro. */
const MAGIC = 0;
export const HEADER_BYTES = 5;

/** A value without its Avro part, which the caller writes after {@link HEADER_BYTES}. */
export function writeHeader(buffer: Buffer, schemaId: number): void {
  buffer[0] = MAGIC;
  buffer.writeUInt32BE(schemaId, 1);
}

/** `undefined` when the value is not framed. */
export const readSchemaId = (value: Buffer | null): number | undefined =>
  value !== null && value.length > HEADER_BYTES && value[0] === MAGIC ? value.readUInt32BE(1) : undefined;
