/** Headers of one connection, which the other one has for itself: RFC 9110, 7.6.1. The front itself has said to continue. */
const OF_CONNECTION = [
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
/** Whatever the client says of itself is not believed. */
const OF_PROXIES = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'];

/** @param {import('node:http').IncomingHttpHeaders} headers */
const left = ({ connection = '' }) => {
  const named = connection.split(',').map((name) => name.trim().toLowerCase());
  return new Set([...OF_CONNECTION, ...named]);
};

/**
 * The headers of a request for the app, one after the other with their values: an app sees also what is there twice.
 * @param {import('./front-server.mjs').FrontRequest} request
 * @returns {string[]}
 */
export function requestHeaders(request) {
  const { headers, rawHeaders, socket } = request;
  const without = left(headers);
  const isContinue = headers.expect?.toLowerCase() === '100-continue';
  const kept = rawHeaders.flatMap((name, index) => {
    const lower = name.toLowerCase();
    if (index % 2 === 1 || lower.startsWith(':')) return [];
    if (without.has(lower) || OF_PROXIES.includes(lower)) return [];
    return lower === 'expect' && isContinue ? [] : [name, rawHeaders[index + 1] ?? ''];
  });
  const authority = headers[':authority'];
  if (typeof authority === 'string' && headers.host === undefined) kept.unshift('Host', authority);
  // Without a length, an app would take a body for its next request.
  if (headers['content-length'] === undefined || without.has('content-length'))
    kept.push(...(hasBody(request) ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', '0']));
  return [...kept, 'X-Forwarded-For', socket.remoteAddress ?? '', 'X-Forwarded-Proto', 'https'];
}

/** @param {import('./front-server.mjs').FrontRequest} request */
export function hasBody(request) {
  if ('stream' in request) return !request.stream.endAfterHeaders;
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length']) > 0;
}

/**
 * @param {import('node:http').IncomingHttpHeaders} headers of an answer
 * @returns {import('node:http').OutgoingHttpHeaders}
 */
export function answerHeaders(headers) {
  const without = left(headers);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !without.has(name)));
}
