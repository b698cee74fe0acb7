import { gzipSync } from 'node:zlib';
import { EMPTY, head, hostile, type HostileKind, OK } from './hostile-kind.js';

const DELIVERED = ['delivered'];
const INVALID = ['invalid-answer'];
const RESET = ['connection-reset'];
const TIMEOUT = ['timeout'];
const STATUS = ['status'];
const UPGRADE = ['unexpected-upgrade'];
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const CHUNKED = head(200, 'transfer-encoding: chunked');
const LARGE = 'y'.repeat(1_000);

const headers: readonly HostileKind[] = [
  hostile('content length twice', head(200, EMPTY, EMPTY), INVALID),
  hostile('two content lengths', head(200, EMPTY, 'content-length: 5'), INVALID),
  hostile('length and chunks', head(200, EMPTY, 'transfer-encoding: chunked'), INVALID),
  hostile('folded header', head(200, 'x-folded: a', ' b', '\tc', EMPTY), [...DELIVERED, ...INVALID]),
  hostile('folded first line', head(200, ' x: y', EMPTY), INVALID),
  hostile('no colon', head(200, 'nonsense', EMPTY), INVALID),
  hostile('no name', head(200, ': nonsense', EMPTY), INVALID),
  hostile('space before the colon', head(200, 'x-space : a', EMPTY), INVALID),
  hostile('NUL in a value', head(200, 'x-nul: a\0b', EMPTY), INVALID),
  hostile('control characters in a value', head(200, 'x-control: \x01\x1b[31m\x7f', EMPTY), [
    ...DELIVERED,
    ...INVALID,
  ]),
  hostile('bytes beyond ASCII', head(200, 'x-bytes: \xff\xfe\x80', EMPTY), DELIVERED),
  hostile('bare line feeds', OK.replaceAll('\r', ''), [...DELIVERED, ...INVALID]),
  hostile('bare carriage returns', OK.replaceAll('\n', ''), [...INVALID, ...TIMEOUT]),
  hostile('names of object members', head(204, '__proto__: a', '__proto__: b', 'constructor: c'), DELIVERED),
  hostile('a hundred cookies', head(200, ...Array<string>(100).fill('set-cookie: a=b'), EMPTY), DELIVERED),
  hostile('thousands of headers', head(200, ...Array<string>(50_000).fill('a: b'), EMPTY), INVALID),
  hostile('a header of 1 MB', head(200, `x-large: ${LARGE.repeat(1_000)}`, EMPTY), INVALID),
  hostile('headers for ever', `x-more: ${LARGE}\r\n`, INVALID, { how: 'for-ever' }),
  hostile('keep-alive of no time', head(200, 'keep-alive: timeout=0', EMPTY), DELIVERED),
  hostile('keep-alive of nonsense', head(200, 'keep-alive: timeout=-1, max=x', EMPTY), DELIVERED),
  hostile('keep-alive for ever', head(200, 'keep-alive: timeout=99999999999', EMPTY), DELIVERED),
  hostile('connection of nonsense', head(200, 'connection: close, keep-alive, x', EMPTY), DELIVERED),
  hostile('Retry-After twice', head(503, 'retry-after: 1', 'retry-after: 2', EMPTY), STATUS),
  hostile('Retry-After of nonsense', head(503, 'retry-after:', 'retry-after: \xff', EMPTY), STATUS),
  hostile('redirect to itself', head(307, 'location: /hook', EMPTY), STATUS),
  hostile('redirect to a file', head(301, 'location: file:///etc/passwd', EMPTY), STATUS),
];

const lengths: readonly HostileKind[] = [
  hostile('shorter than the body', `${head(200, 'content-length: 2')}okokok`, DELIVERED),
  hostile('longer than the body', `${head(200, 'content-length: 99')}ok`, DELIVERED),
  hostile('longer than the body, which ends', `${head(200, 'content-length: 99')}ok`, DELIVERED, {
    then: 'end',
  }),
  hostile('failure shorter than its body', `${head(500, 'content-length: 2')}okokok`, STATUS),
  ...['-1', '+1', '0x1', '1e1', '1.5', '1 1', '1, 1', '1, 2', '18446744073709551616', ' ', 'x'].map(
    (length) =>
      hostile(`content length of "${length}"`, `${head(200, `content-length: ${length}`)}o`, [
        ...INVALID,
        ...(length === ' ' ? DELIVERED : []),
      ]),
  ),
  hostile('204 with a body', `${head(204, 'content-length: 2')}ok`, DELIVERED),
  hostile('304 with a body', `${head(304, 'content-length: 2')}ok`, STATUS),
  hostile('no length, and never ends', `${head(200)}ok`, DELIVERED),
];

const chunks: readonly HostileKind[] = [
  ...[
    'x\r\n',
    '-1\r\nx',
    '\r\n\r\n',
    '1\r\nokok\r\n',
    'ffffffffffffffffff\r\n',
    '0x1\r\no\r\n',
    '1 \r\no\r\n',
  ].map((sends, index) => hostile(`broken chunk ${index + 1}`, CHUNKED + sends, DELIVERED)),
  hostile('huge chunk that ends', `${CHUNKED}ffffffff\r\nok`, DELIVERED, { then: 'end' }),
  hostile('no last chunk', `${CHUNKED}2\r\nok\r\n`, DELIVERED),
  hostile('reset within a chunk', `${CHUNKED}5\r\nok`, DELIVERED, { then: 'reset' }),
  hostile('long extension', `${CHUNKED}1;${LARGE.repeat(1_000)}`, DELIVERED),
  hostile('long trailer', `${CHUNKED}1\r\na\r\n0\r\nx: ${LARGE.repeat(1_000)}`, DELIVERED),
  hostile('chunks of a byte for ever', `${CHUNKED}${'1\r\na\r\n'.repeat(50_000)}`, DELIVERED),
  hostile('chunked twice', `${head(200, 'transfer-encoding: chunked, chunked')}0\r\n\r\n`, [
    ...DELIVERED,
    ...INVALID,
  ]),
  hostile('unknown transfer coding', `${head(200, 'transfer-encoding: gzip')}x`, [...DELIVERED, ...INVALID]),
  hostile('failure with a broken chunk', `${head(500, 'transfer-encoding: chunked')}x\r\n`, STATUS),
];

const interim: readonly HostileKind[] = [
  ...['100 Continue', '102 Processing', '103 Early Hints', '199 x', '100'].map((status) =>
    hostile(`${status} before the answer`, `HTTP/1.1 ${status}\r\n\r\n${OK}`, DELIVERED),
  ),
  hostile('100 before a failure', CONTINUE + head(503, EMPTY), STATUS),
  hostile('100 many times', CONTINUE.repeat(50) + OK, DELIVERED),
  hostile('100 byte by byte', CONTINUE + OK, DELIVERED, { how: 'byte-by-byte' }),
  hostile('100 with headers', `HTTP/1.1 100\r\nConnection: Keep-Alive\r\n${EMPTY}\r\n\r\n${OK}`, DELIVERED),
  hostile('100 that closes', `HTTP/1.1 100 x\r\nConnection: close\r\n\r\n${OK}`, DELIVERED),
  hostile('100 of HTTP/1.0', `HTTP/1.0 100 x\r\n\r\n${OK}`, DELIVERED),
  hostile('100 as soon as it connects', CONTINUE, [...TIMEOUT, ...RESET], { on: 'connection' }),
  hostile('100 before the body, and no answer', CONTINUE, TIMEOUT, { on: 'head' }),
  hostile('100 and no answer', CONTINUE, TIMEOUT),
  hostile('100 and a reset', CONTINUE, RESET, { then: 'reset' }),
  hostile('100 for ever', CONTINUE, INVALID, { how: 'for-ever' }),
  hostile('103 for ever', head(103, 'link: </a.css>'), INVALID, { how: 'for-ever' }),
  hostile('100 with a head that does not end', `HTTP/1.1 100 x\r\na: ${LARGE.repeat(300)}`, INVALID),
  hostile('101', head(101), UPGRADE),
  hostile('101 with an upgrade', head(101, 'upgrade: x', 'connection: upgrade'), UPGRADE),
  hostile('101 after a 100', CONTINUE + head(101), UPGRADE),
  hostile('an upgrade with 200', head(200, 'upgrade: h2c', 'connection: upgrade', EMPTY), DELIVERED),
];

const statuses: readonly HostileKind[] = [
  ...['000', '099'].map((status) => hostile(`status ${status}`, head(status, EMPTY), INVALID)),
  ...['99', '1000', '2000', '-1', 'abc', '', '2 0'].map((status) =>
    hostile(`status "${status}"`, head(status, EMPTY), INVALID),
  ),
  ...['300', '399', '400', '418', '429', '500', '599', '600', '999'].map((status) =>
    hostile(`status ${status}`, head(status, EMPTY), STATUS),
  ),
  hostile('no reason phrase', `HTTP/1.1 200\r\n${EMPTY}\r\n\r\n`, DELIVERED),
  hostile('reason phrase of 100 kB', `HTTP/1.1 200 ${LARGE.repeat(100)}\r\n${EMPTY}\r\n\r\n`, [
    ...DELIVERED,
    ...INVALID,
  ]),
];

const bodies: readonly HostileKind[] = [
  hostile('body for ever', `${head(200)}${LARGE.repeat(50)}`, DELIVERED, { how: 'for-ever' }),
  hostile('failure with a body for ever', `${head(500)}${LARGE.repeat(50)}`, STATUS, { how: 'for-ever' }),
  hostile('byte by byte', `${head(200, 'content-length: 3000')}${LARGE}`, [...DELIVERED, ...TIMEOUT], {
    how: 'byte-by-byte',
  }),
  hostile('gzip bomb', bomb('gzip'), DELIVERED),
  hostile('gzip bomb of a failure', bomb('gzip', 500), STATUS),
  hostile('gzip that is none', `${head(200, 'content-encoding: gzip', 'content-length: 4')}nono`, DELIVERED),
  hostile('text of broken UTF-8 and NUL', `${head(500, 'content-length: 4')}\xc3\0\xff\xed`, STATUS),
];

const protocols: readonly HostileKind[] = [
  hostile('HTTP/0.9', 'ok', INVALID, { then: 'end' }),
  hostile('HTTP/0.9 in HTML', '<html>ok</html>', INVALID, { then: 'end' }),
  hostile('HTTP/1.0', OK.replace('1.1', '1.0'), DELIVERED),
  hostile('HTTP/1.0 until it ends', `${head(200).replace('1.1', '1.0')}ok`, DELIVERED, { then: 'end' }),
  hostile('HTTP/2.0', OK.replace('1.1', '2.0'), [...DELIVERED, ...INVALID]),
  hostile('HTTP/9.9', OK.replace('1.1', '9.9'), INVALID),
  hostile('http in small letters', OK.replace('HTTP', 'http'), INVALID),
  hostile('HTTP/2 frames', '\0\0\0\x04\0\0\0\0\0', INVALID),
  hostile('a request', 'GET / HTTP/1.1\r\nhost: x\r\n\r\n', INVALID),
  hostile('a TLS alert', '\x15\x03\x03\0\x02\x02\x28', INVALID),
  hostile('a TLS greeting as it connects', '\x16\x03\x01\0\x05hello', [...INVALID, ...RESET], {
    on: 'connection',
  }),
  hostile('a mail greeting as it connects', '220 mail ESMTP\r\n', [...INVALID, ...RESET], {
    on: 'connection',
  }),
  hostile('SSH', 'SSH-2.0-OpenSSH_9.9\r\n', INVALID),
  hostile('empty lines first', `\r\n\r\n${OK}`, [...DELIVERED, ...INVALID]),
  hostile('NUL for ever', '\0'.repeat(1_000), INVALID, { how: 'for-ever' }),
];

const connections: readonly HostileKind[] = [
  hostile('silence', '', TIMEOUT),
  hostile('end as it connects', '', RESET, { on: 'connection', then: 'end' }),
  hostile('reset as it connects', '', RESET, { on: 'connection', then: 'reset' }),
  hostile('end before the body', '', RESET, { on: 'head', then: 'end' }),
  hostile('reset before the body', '', RESET, { on: 'head', then: 'reset' }),
  hostile('end without an answer', '', RESET, { then: 'end' }),
  hostile('reset without an answer', '', RESET, { then: 'reset' }),
  hostile('answer before the body', head(413, EMPTY), STATUS, { on: 'head' }),
  hostile(
    'answer before the body, and a reset',
    head(413, 'connection: close', EMPTY),
    [...STATUS, ...RESET],
    {
      on: 'head',
      then: 'reset',
    },
  ),
  hostile('answer as it connects', head(200, EMPTY), [...DELIVERED, ...RESET, ...INVALID, ...TIMEOUT], {
    on: 'connection',
  }),
  hostile('answer that ends at once', OK, DELIVERED, { then: 'end' }),
  hostile('answer that is reset at once', OK, [...DELIVERED, ...RESET], { then: 'reset' }),
];

const doubled: readonly HostileKind[] = [
  hostile('two answers', OK + OK, DELIVERED),
  hostile('a failure and a success', head(500, EMPTY) + OK, STATUS),
  hostile('a success and a failure', OK + head(500, EMPTY), DELIVERED),
  hostile('a hundred answers', OK.repeat(100), DELIVERED),
  hostile('answers for ever', OK, DELIVERED, { how: 'for-ever' }),
  hostile('an answer and a 100', OK + CONTINUE, DELIVERED),
];

const cutOff = `${head(200, 'content-length: 2')}ok`;
const HEAD_LENGTH = cutOff.length - 2;

/** An answer that breaks off at each of its bytes. */
const brokenOff: readonly HostileKind[] = (['reset', 'end'] as const).flatMap((then) =>
  Array.from({ length: cutOff.length }, (_, at) =>
    hostile(
      `${then} at byte ${at}`,
      cutOff.slice(0, at),
      at < HEAD_LENGTH ? RESET : [...DELIVERED, ...RESET],
      {
        then,
      },
    ),
  ),
);

/** Every kind that is known, by what it is about. */
export const HOSTILE_KINDS: Readonly<Record<string, readonly HostileKind[]>> = {
  headers,
  lengths,
  chunks,
  interim,
  statuses,
  bodies,
  protocols,
  connections,
  doubled,
  'broken off': brokenOff,
};

/** A few kilobytes that would become ten million. */
function bomb(coding: string, status = 200): string {
  const body = gzipSync(Buffer.alloc(10_000_000)).toString('latin1');
  return head(status, `content-encoding: ${coding}`, `content-length: ${body.length}`) + body;
}
