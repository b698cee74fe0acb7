import { gzipSync } from 'node:zlib';
import {
  headOf,
  hiddenOrder,
  inChunks,
  orderBody,
  type RequestWriter,
  sized,
  type Write,
  type WrittenRequest,
  zipped,
} from './written-request.js';

const order = ({ id }: RequestWriter, bytes: Buffer, after: WrittenRequest['after'] = 'goes on') => ({
  bytes,
  method: 'POST',
  statuses: [201],
  order: id,
  after,
});

const refused = (
  bytes: Buffer,
  statuses: readonly number[],
  after: WrittenRequest['after'] = 'may end',
  method = 'POST',
): WrittenRequest => ({ bytes, method, statuses, after });

const read = (writer: RequestWriter, method = 'GET', more: readonly string[] = [], body = '') =>
  Buffer.from(
    headOf(writer, { line: `${method} /v1/orders/${writer.id} HTTP/1.1`, type: '', more }) + body,
    'latin1',
  );

/** Requests that are valid HTTP, however unusual: each is answered, and those behind most of them are, too. */
export const LAWFUL: Readonly<Record<string, Write>> = {
  order: (writer) => order(writer, sized(writer)),
  'order in chunks': (writer) => order(writer, inChunks(writer)),
  'zipped order': (writer) =>
    order(writer, sized(writer, { more: ['Content-Encoding: gzip'] }, zipped(writer))),
  'order whose client does not wait for 100 Continue': (writer) =>
    order(writer, sized(writer, { more: ['Expect: 100-continue'] })),
  'order to an absolute target': (writer) =>
    order(writer, sized(writer, { line: 'POST http://localhost/v1/orders HTTP/1.1' })),
  'order behind blank lines': (writer) =>
    order(writer, Buffer.concat([Buffer.from('\r\n\r\n'), sized(writer)])),
  'order with a request in it': (writer) =>
    order(writer, sized(writer, {}, orderBody(writer.id, hiddenOrder(writer)))),
  'last order': (writer) => order(writer, sized(writer, { more: ['Connection: close'] }), 'ends'),
  'order of HTTP/1.0': (writer) => order(writer, sized(writer, { line: 'POST /v1/orders HTTP/1.0' }), 'ends'),
  'order that wants HTTP/2': (writer) =>
    order(
      writer,
      sized(writer, { more: ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AA'] }),
      'ends',
    ),
  'order with many headers': (writer) =>
    order(writer, sized(writer, { more: Array.from({ length: 150 }, (_, n) => `X-${n}: ${n}`) })),
  read: (writer) => ({ ...refused(read(writer), [200, 404], 'goes on'), method: 'GET' }),
  head: (writer) => ({ ...refused(read(writer, 'HEAD'), [200, 404], 'goes on'), method: 'HEAD' }),
  'read with a body': (writer) => {
    const body = hiddenOrder(writer);
    return refused(
      read(writer, 'GET', [`Content-Length: ${body.length}`], body),
      [200, 404],
      'may end',
      'GET',
    );
  },
  'unknown path': (writer) => refused(sized(writer, { line: 'POST /v1/nothing HTTP/1.1' }), [404]),
  'method that the path has not': (writer) =>
    refused(sized(writer, { line: 'PUT /v1/orders HTTP/1.1' }), [405], 'may end', 'PUT'),
  options: (writer) =>
    refused(
      Buffer.from(headOf(writer, { line: 'OPTIONS /v1/orders HTTP/1.1', type: '' })),
      [405],
      'goes on',
      'OPTIONS',
    ),
  'odd method': (writer) =>
    refused(
      Buffer.from(headOf(writer, { line: 'PROPFIND /v1/orders/x HTTP/1.1', type: '' })),
      [405],
      'goes on',
      'PROPFIND',
    ),
  'order without a key': (writer) => refused(sized(writer, { key: '' }), [401]),
  'order that is no JSON': (writer) => refused(sized(writer, {}, orderBody(writer.id).slice(1)), [400]),
  'order of another type': (writer) => refused(sized(writer, { type: 'Content-Type: text/plain' }), [415]),
  'order in another encoding': (writer) => refused(sized(writer, { more: ['Content-Encoding: br'] }), [415]),
  'order that was zipped twice': (writer) =>
    refused(sized(writer, { more: ['Content-Encoding: gzip, gzip'] }, gzipSync(zipped(writer))), [415]),
  'order that is said to be zipped': (writer) =>
    refused(sized(writer, { more: ['Content-Encoding: gzip'] }), [400]),
  'zipped order with something behind it': (writer) =>
    refused(
      sized(writer, { more: ['Content-Encoding: gzip'] }, Buffer.concat([zipped(writer), Buffer.from('{}')])),
      [400],
    ),
};
