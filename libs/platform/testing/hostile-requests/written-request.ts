import { gzipSync } from 'node:zlib';

/** A request as it is written to a connection, and what may come of it. */
export interface WrittenRequest {
  readonly bytes: Buffer;
  readonly method: string;
  /** Statuses of its answer. */
  readonly statuses: readonly number[];
  /** The order that it makes, by its customer, if it comes whole. */
  readonly order?: string;
  /** Whether requests behind it are read. */
  readonly after: 'goes on' | 'may end' | 'ends';
}

export interface RequestWriter {
  /** Unique: the customer of the order. */
  readonly id: string;
  /** The id of an order that must not appear in the bytes written. */
  readonly hiddenId: string;
  readonly apiKey: string;
  /** Chooses among variants. */
  readonly salt: number;
}

export type Write = (writer: RequestWriter) => WrittenRequest;

const LINE = '\r\n';

export const orderBody = (id: string, note = 'x'): string =>
  JSON.stringify({
    customer: { id },
    currency: 'EUR',
    items: [{ sku: 'tea', quantity: 1, unitPrice: 950 }],
    metadata: { note },
  });

export interface Head {
  readonly line?: string;
  readonly host?: string;
  readonly key?: string;
  readonly type?: string;
  /** Whole lines. */
  readonly more?: readonly string[];
}

export function headOf(
  { apiKey }: RequestWriter,
  {
    line = 'POST /v1/orders HTTP/1.1',
    host = 'Host: localhost',
    key = `Authorization: Bearer ${apiKey}`,
    type = 'Content-Type: application/json',
    more = [],
  }: Head = {},
): string {
  const lines = [line, host, key, type, ...more].filter((each) => each !== '');
  return lines.join(LINE) + LINE + LINE;
}

/** An order with a length, in a request that is as it should be, but for what is given. */
export function sized(
  writer: RequestWriter,
  head: Head = {},
  body: string | Buffer = orderBody(writer.id),
): Buffer {
  const more = [...(head.more ?? []), `Content-Length: ${Buffer.byteLength(body)}`];
  return Buffer.concat([Buffer.from(headOf(writer, { ...head, more }), 'latin1'), Buffer.from(body)]);
}

/** An order in chunks. */
export function inChunks(writer: RequestWriter, head: Head = {}): Buffer {
  const more = [...(head.more ?? []), 'Transfer-Encoding: chunked'];
  return Buffer.from(
    headOf(writer, { ...head, more }) + chunksOf(orderBody(writer.id), writer.salt),
    'latin1',
  );
}

export function chunksOf(text: string, salt: number): string {
  const size = 1 + (salt % 40);
  const extension = ['', ';a', ';a=b', ';a="b c"'][salt % 4];
  const trailer = salt % 3 === 0 ? `X-Trailer: ${salt}${LINE}` : '';
  let chunks = '';
  for (let at = 0; at < text.length; at += size) {
    const chunk = text.slice(at, at + size);
    chunks += `${chunk.length.toString(16)}${extension}${LINE}${chunk}${LINE}`;
  }
  return `${chunks}0${LINE}${trailer}${LINE}`;
}

/** A whole request that must never be taken for one. */
export const hiddenOrder = (writer: RequestWriter): string =>
  sized(writer, {}, orderBody(writer.hiddenId)).toString('latin1');

export const zipped = (writer: RequestWriter): Buffer => gzipSync(orderBody(writer.id));
