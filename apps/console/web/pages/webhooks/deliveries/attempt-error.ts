const ERRORS: Readonly<Record<string, string>> = {
  status: 'it answered with a status that is not 2xx',
  timeout: 'no answer in time',
  'name-not-found': 'its name does not resolve',
  unreachable: 'there is no route to its address',
  'connect-timeout': 'no connection within 5 s',
  'connection-refused': 'nothing listens there',
  'connection-reset': 'it closed the connection before it answered',
  'connection-failed': 'no connection',
  tls: 'no TLS, or a certificate that is not trusted',
  'invalid-answer': 'its answer is not HTTP/1.1, or is too long',
  'unexpected-upgrade': 'it answered 101 without being asked',
  'https-required': 'the address must be https',
  'private-target': 'the address is private',
  'port-not-allowed': 'the port is not allowed',
  'invalid-request': 'the request could not be made, for example because of an extra header',
  'internal-error': 'a fault of ours',
  'cut-short': 'we stopped during the attempt, which does not count',
};

/** An attempt's error in words, also with its status code, as dead letters have it; an unknown one as the API says it. */
export function attemptErrorText(error: string): string {
  const code = /^status (\d+)$/.exec(error)?.[1];
  return code === undefined ? (ERRORS[error] ?? error) : `it answered ${code}`;
}

interface Answered {
  readonly statusCode?: number;
  readonly error?: string;
}

/** How an attempt ended: the status code, or why there was none. */
export function answerText({ statusCode, error }: Answered): string {
  if (statusCode !== undefined) return String(statusCode);
  return error === undefined ? '–' : attemptErrorText(error);
}
