/** Confluent's wire format: a zero byte, the schema's id in four bytes, then Avro. */
const MAGIC = 0;
export const HEADER_BYTES = 5;

/** Writes the header. The caller writes the Avro part after {@link HEADER_BYTES}. */
export function writeHeader(buffer: Buffer, schemaId: number): void {
  buffer[0] = MAGIC;
  buffer.writeUInt32BE(schemaId, 1);
}

/** `undefined` if the value is not in this format. */
export const readSchemaId = (value: Buffer | null): number | undefined =>
  value !== null && value.length > HEADER_BYTES && value[0] === MAGIC ? value.readUInt32BE(1) : undefined;
