/** Bodies that are cheap to send. Lazy, so that twenty at once take no memory. */

const PART = 65_536;

/** `text` repeated, in parts of about 64 KiB. */
export function* repeated(text: string, times: number, encoding: BufferEncoding = 'utf8'): Generator<Buffer> {
  const perPart = Math.max(1, Math.floor(PART / text.length));
  const part = Buffer.from(text.repeat(perPart), encoding);
  for (let left = times; left > 0; left -= perPart) {
    yield left >= perPart ? part : part.subarray(0, left * text.length);
  }
}

export function* inOrder(...parts: readonly (Iterable<Buffer> | string)[]): Generator<Buffer> {
  for (const part of parts) {
    if (typeof part === 'string') yield Buffer.from(part);
    else yield* part;
  }
}

/** Each part as a chunk of a chunked body. */
export function* chunked(parts: Iterable<Buffer>): Generator<Buffer> {
  for (const part of parts)
    yield Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]);
  yield Buffer.from('0\r\n\r\n');
}

/** A chunked body in chunks of one byte. */
export const oneByteChunks = (count: number): Generator<Buffer> =>
  inOrder(repeated('1\r\n \r\n', count), '0\r\n\r\n');

export const orderOf = (lines: number, more: object = {}) => ({
  customer: { id: 'c-1' },
  currency: 'EUR',
  items: Array.from({ length: lines }, (_, index) => ({ sku: `sku-${index}`, quantity: 1, unitPrice: 950 })),
  ...more,
});
