/** How a receiver mistreats its sender. Data, so that a new kind is a new line. */
export interface HostileKind {
  readonly name: string;
  /** When it acts: as a connection is made, once the head of a request has come, or once a whole request has. */
  readonly on: 'connection' | 'head' | 'request';
  /** Bytes, as latin1. */
  readonly sends: string;
  readonly how: 'at-once' | 'for-ever' | 'byte-by-byte';
  readonly then: 'wait' | 'end' | 'reset';
  /** How an attempt there may end: `delivered`, or the reason of its failure. */
  readonly ends: readonly string[];
}

type Details = Partial<Pick<HostileKind, 'on' | 'how' | 'then'>>;

export const hostile = (
  name: string,
  sends: string,
  ends: HostileKind['ends'],
  { on = 'request', how = 'at-once', then = 'wait' }: Details = {},
): HostileKind => ({ name, on, sends, how, then, ends });

/** The head of an answer. */
export const head = (status: string | number, ...lines: readonly string[]): string =>
  [`HTTP/1.1 ${status} x`, ...lines, '', ''].join('\r\n');

export const EMPTY = 'content-length: 0';
export const OK = head(200, EMPTY);
