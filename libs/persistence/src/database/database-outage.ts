import { messageOf } from '#libs/kernel';
import { Prisma } from '../generated/client.js';

/** Prisma's codes for a database that cannot be reached, is too slow or too busy, or has no connection to spare. */
const PRISMA_OUTAGE = /^P1\d{3}$|^P20(?:24|28|34|37)$/;

/**
 * SQLSTATEs of a server that starts, stops, is full, read-only or busy, or of a session that is no good any more: the
 * same statement may work in another session, or later. 0A000 is a prepared plan that a migration has made useless.
 */
const OUTAGE_STATE = /^(?:08|28|3D|53|57|58|0A000|25006|25P03|25P04|26000|40|42P05|55P03)/;

/** What the socket says. */
const SOCKET_OUTAGE = new Set([
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'ENETUNREACH',
  'ENOTCONN',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);
const STREAM_OUTAGE = /^ERR_(?:SOCKET|SSL|STREAM|TLS)_/;

/** What the driver says without a code, known only by how it begins. */
const DRIVER_OUTAGE_MESSAGE = new RegExp(
  `^(?:${[
    'Cannot use a pool after calling end',
    'Client has encountered a connection error',
    'Client was closed',
    'Connection terminated',
    'Query read timeout',
    'Received unexpected',
    'SASL',
    'The server does not support SSL connections',
    'There was an error establishing an SSL connection',
    'timeout exceeded when trying to connect',
    'timeout expired',
  ].join('|')})`,
);

/** The connection went while it was used: whatever was said on the way says nothing about the data. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
  /** `connection_failure` */
  readonly code = '08006';

  constructor(cause: unknown) {
    super(`the connection to the database was lost: ${messageOf(cause)}`, { cause });
  }
}

/** Whether an error tells of a database that does not answer now, rather than of a fault in our use of it. */
export function isDatabaseOutage(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  const code = codeOf(error);
  if (code !== undefined) return isOutageCode(code);
  const { message, errors } = (error ?? {}) as { message?: unknown; errors?: unknown };
  if (typeof message === 'string' && DRIVER_OUTAGE_MESSAGE.test(message)) return true;
  // Of several addresses of a host, none could be reached.
  return Array.isArray(errors) && errors.length > 0 && errors.every(isDatabaseOutage);
}

const isOutageCode = (code: string): boolean =>
  isState(code)
    ? OUTAGE_STATE.test(code) || SOCKET_OUTAGE.has(code)
    : PRISMA_OUTAGE.test(code) || SOCKET_OUTAGE.has(code) || STREAM_OUTAGE.test(code);

/** Postgres' classes of errors that a value is to blame for: cardinality, data, integrity, checks, program limits. */
const DATA_FAULT = /^(?:21|22|23|44|54)/;

/** A system call that failed, or Prisma: neither has looked at the data. */
const NON_DATA_CODE = /^(?:E[A-Z]+|P\d{4})$/;

/**
 * Whether trying again with the same data is likely to give the same: Postgres says so by its SQLSTATE, or the error is
 * one of our own code. Everything else that a database or its driver says (away, full, locked, not migrated yet) may
 * pass. Since a driver may always find new words for a lost connection, whoever stops at such an error tries once more.
 */
export function isDataFault(error: unknown): boolean {
  if (isDatabaseOutage(error) || error instanceof Prisma.PrismaClientUnknownRequestError) return false;
  const code = codeOf(error);
  if (code === undefined) return true;
  return isState(code) ? DATA_FAULT.test(code) : !NON_DATA_CODE.test(code);
}

/** SQLSTATEs that tell of the session and not of the statement: the next one to use it would be told the same. */
const BROKEN_SESSION_STATE = /^(?:08|57P|0A000|25006|26000|42P05|XX)/;

/** The answer may still come, and would be taken for that to the next statement. */
const UNANSWERED = 'Query read timeout';

/** Errors that end the session: that it has gone may be noticed later than the error. */
const FATAL_SEVERITIES = new Set<unknown>(['FATAL', 'PANIC']);

/** Whether the connection that said this must not be used again. */
export function isBrokenSession(error: unknown): boolean {
  if (FATAL_SEVERITIES.has((error as { severity?: unknown } | undefined)?.severity)) return true;
  const code = codeOf(error);
  if (code === undefined) return error instanceof Error && error.message.startsWith(UNANSWERED);
  return isState(code) && BROKEN_SESSION_STATE.test(code);
}

const isState = (code: string): boolean => /^[0-9A-Z]{5}$/.test(code) && !/^P\d{4}$/.test(code);

/** The code, and the database's own where Prisma has it inside. */
function codeOf(error: unknown): string | undefined {
  const { code, meta, name, cause } = (error ?? {}) as PrismaError;
  const adapter = meta?.driverAdapterError?.cause ?? (name === 'DriverAdapterError' ? cause : undefined);
  if (typeof adapter?.originalCode === 'string') return adapter.originalCode;
  const socket = typeof adapter?.kind === 'string' ? SOCKET_KINDS[adapter.kind] : undefined;
  return socket ?? (typeof code === 'string' ? code : undefined);
}

/** How Prisma names errors of the socket, whose codes it does not keep. */
const SOCKET_KINDS: Readonly<Record<string, string>> = {
  ConnectionClosed: 'ECONNRESET',
  DatabaseNotReachable: 'ECONNREFUSED',
  SocketTimeout: 'ETIMEDOUT',
  TlsConnectionError: 'ERR_TLS_CONNECTION',
};

/** Raw queries have the adapter's error inside, and some transactions throw that itself. */
interface PrismaError {
  readonly code?: unknown;
  readonly name?: unknown;
  readonly cause?: AdapterCause;
  readonly meta?: { readonly driverAdapterError?: { readonly cause?: AdapterCause } };
}

interface AdapterCause {
  readonly originalCode?: unknown;
  readonly kind?: unknown;
}
