import {
  chunksOf,
  type Head,
  headOf,
  hiddenOrder,
  orderBody,
  type RequestWriter,
  sized,
  type Write,
} from './written-request.js';

const BAD = [400];

/** Something after which nothing more is read: all that is behind it is thrown away. */
const end =
  (statuses: readonly number[], write: (writer: RequestWriter) => string | Buffer): Write =>
  (writer) => ({
    bytes: Buffer.from(write(writer) as string, 'latin1'),
    method: 'POST',
    statuses,
    after: 'ends',
  });

/** An order with these headers about its length, and another one in what could be taken for the rest. */
const framed = (statuses: readonly number[], more: readonly string[], head: Head = {}): Write =>
  end(statuses, (writer) => {
    const body = orderBody(writer.hiddenId);
    const lines = more.map((line) => line.replace('LENGTH', String(body.length)));
    return headOf(writer, { ...head, more: lines }) + chunksOf(body, writer.salt) + hiddenOrder(writer);
  });

/** A body in chunks that begins like this. */
const chunked = (statuses: readonly number[], textOf: (salt: number) => string): Write =>
  end(
    statuses,
    (writer) =>
      headOf(writer, { more: ['Transfer-Encoding: chunked'] }) + textOf(writer.salt) + hiddenOrder(writer),
  );

const withHeader = (statuses: readonly number[], line: string): Write =>
  end(statuses, (writer) => sized(writer, { more: [line] }, orderBody(writer.hiddenId)).toString('latin1'));

const line = (statuses: readonly number[], text: string): Write =>
  end(statuses, (writer) => sized(writer, { line: text }, orderBody(writer.hiddenId)).toString('latin1'));

const CHUNKED = 'Transfer-Encoding: chunked';
const LENGTH = 'Content-Length: LENGTH';

/** Requests that are not HTTP, not the HTTP spoken here, or whose end is ambiguous. */
export const LAWLESS: Readonly<Record<string, Write>> = {
  'length and chunks': framed(BAD, [LENGTH, CHUNKED]),
  'chunks and length': framed(BAD, [CHUNKED, LENGTH]),
  'length and folded chunks': framed(BAD, [LENGTH, 'Transfer-Encoding:\r\n chunked']),
  'length and spaced chunks': framed(BAD, [LENGTH, 'Transfer-Encoding : chunked']),
  'folded chunks': framed(BAD, ['Transfer-Encoding:\r\n chunked']),
  'spaced chunks': framed(BAD, ['Transfer-Encoding : chunked']),
  'length and chunks behind a bare CR': framed(BAD, [LENGTH, 'X: x\rTransfer-Encoding: chunked']),
  'two lengths': framed(BAD, [LENGTH, 'Content-Length: 5']),
  'the same length twice': framed(BAD, [LENGTH, LENGTH]),
  'lengths in a list': framed(BAD, ['Content-Length: 5, 5']),
  'negative length': framed(BAD, ['Content-Length: -1']),
  'signed length': framed(BAD, ['Content-Length: +5']),
  'length in hex': framed(BAD, ['Content-Length: 0x10']),
  'length in words': framed(BAD, ['Content-Length: five']),
  'empty length': framed(BAD, ['Content-Length: ']),
  'endless length': framed(BAD, [`Content-Length: ${'9'.repeat(25)}`]),
  // 400 if the connection ends first: then the body is cut short.
  'huge length': framed([413, 400], ['Content-Length: 99999999999']),
  'chunks that are not last': framed(BAD, ['Transfer-Encoding: chunked, identity']),
  'chunks twice': framed(BAD, ['Transfer-Encoding: chunked, chunked']),
  'chunks in two headers': framed(BAD, [CHUNKED, CHUNKED]),
  'no coding': framed([501], ['Transfer-Encoding: identity']),
  'unknown coding': framed([501], ['Transfer-Encoding: xchunked']),
  'zipped chunks': framed([501], ['Transfer-Encoding: gzip, chunked']),
  'chunks of HTTP/1.0': framed(BAD, [CHUNKED], { line: 'POST /v1/orders HTTP/1.0' }),

  'chunk without a size': chunked(BAD, () => '\r\nabc\r\n'),
  'chunk of a negative size': chunked(BAD, () => '-1\r\nabc\r\n'),
  'chunk of a signed size': chunked(BAD, () => '+3\r\nabc\r\n'),
  'chunk with 0x': chunked(BAD, () => '0x3\r\nabc\r\n'),
  'chunk of an endless size': chunked(BAD, () => `${'f'.repeat(17)}\r\nabc\r\n`),
  'chunk that is longer than its size': chunked(BAD, () => '1\r\nabc\r\n'),
  'chunk that ends with a bare LF': chunked(BAD, () => '3\nabc\n0\n\n'),
  'endless chunk extension': chunked([413], (salt) => `3;${'x'.repeat(17_000 + salt)}\r\nabc\r\n`),
  'endless trailers': chunked([431], (salt) => `0\r\nX: ${'x'.repeat(17_000 + salt)}\r\n\r\n`),
  'broken trailers': chunked(BAD, () => '0\r\nX : y\r\n\r\n'),

  'NUL in a header': withHeader(BAD, 'X: a\0b'),
  'bare CR in a header': withHeader(BAD, 'X: a\rb'),
  'folded header': withHeader(BAD, 'X: a\r\n b'),
  'header without a name': withHeader(BAD, ': a'),
  'header without a colon': withHeader(BAD, 'header'),
  'space before a colon': withHeader(BAD, 'X : a'),
  'control character in a name': withHeader(BAD, 'X\x01: a'),
  'two hosts': withHeader(BAD, 'Host: elsewhere'),
  'two keys': withHeader(BAD, 'Authorization: Bearer another'),
  'large header': withHeader([431], `X: ${'x'.repeat(17_000)}`),
  'large name': withHeader([431], `${'x'.repeat(17_000)}: x`),
  'many headers': withHeader([431], Array.from({ length: 300 }, (_, n) => `X-${n}: ${n}`).join('\r\n')),
  'as many headers as fit': withHeader([431], 'X:\r\n'.repeat(3_500).trimEnd()),
  'unknown expectation': withHeader([417], 'Expect: 200-ok'),
  'two expectations': withHeader([417], 'Expect: 100-continue, 100-continue'),

  'no host': end(BAD, (writer) => sized(writer, { host: '' }, orderBody(writer.hiddenId)).toString('latin1')),
  // 400 if a packet ends within the line, so that nobody can tell what it would have been.
  'unknown method': line([501, 400], 'BREW /v1/orders HTTP/1.1'),
  'method in small letters': line([501, 400], 'post /v1/orders HTTP/1.1'),
  tunnel: line([501], 'CONNECT localhost:443 HTTP/1.1'),
  'authority as the target': line(BAD, 'POST localhost:80 HTTP/1.1'),
  'target with a space': line(BAD, 'POST /v1/ orders HTTP/1.1'),
  'long target': line([414, 431], `POST /v1/orders?${'x'.repeat(17_000)} HTTP/1.1`),
  'HTTP/0.9': line([505, 400], 'POST /v1/orders'),
  // After the first line alone, the server waits for the headers: that is a cut request.
  'HTTP/0.9 before another line': end(BAD, () => 'GET /\r\nhello\r\n\r\n'),
  'HTTP/0.9 by name': line([505, 400], 'POST /v1/orders HTTP/0.9'),
  'HTTP/1.2': line([505, 400], 'POST /v1/orders HTTP/1.2'),
  'HTTP/9.9': line([505, 400], 'POST /v1/orders HTTP/9.9'),
  'version of letters': line(BAD, 'POST /v1/orders HTTP/x.y'),
  'HTTP/2 by name': line([505, 400], 'POST /v1/orders HTTP/2.0'),
  'HTTP/11': line(BAD, 'POST /v1/orders HTTP/11'),
  'another protocol': line(BAD, 'POST /v1/orders SIP/2.0'),
  'preface of HTTP/2': end([505], () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  TLS: end(BAD, () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'),
  words: end(BAD, () => 'hello world\r\n\r\n'),
  garbage: end(BAD, ({ salt }) => `${String.fromCodePoint(1 + (salt % 250))} garbage\r\n\r\n`),
};
