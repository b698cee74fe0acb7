import { messageOf } from '#libs/kernel';
import { Prisma } from './generated/client.js';

/** Prisma's codes for a database that is unreachable, too slow, too busy or out of connections. */
const PRISMA_OUTAGE = /^P1\d{3}$|^P20(?:24|28|34|37)$/;

/**
 * SQLSTATEs of a server that is starting, stopping, full, read-only or busy, or of a broken session: the same statement
 * may succeed later or in another session. 0A000 is a prepared plan that a migration has invalidated.
 */
const OUTAGE_STATE = /^(?:08|28|3D|53|57|58|0A000|25006|25P03|25P04|26000|40|42P05|55P03)/;

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

/** Driver errors without a code are recognised by how their message begins. */
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

/** The connection was lost during use, so an error on the way says nothing about the data. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
  /** `connection_failure` */
  readonly code = '08006';

  constructor(cause: unknown) {
    super(`the connection to the database was lost: ${messageOf(cause)}`, { cause });
  }
}

/** Whether an error means that the database is unavailable, rather than that we used it wrongly. */
export function isDatabaseOutage(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  const code = codeOf(error);
  if (code !== undefined) return isOutageCode(code);
  const { message, errors } = (error ?? {}) as { message?: unknown; errors?: unknown };
  if (typeof message === 'string' && DRIVER_OUTAGE_MESSAGE.test(message)) return true;
  // The host has several addresses, and none could be reached.
  return Array.isArray(errors) && errors.length > 0 && errors.every(isDatabaseOutage);
}

const isOutageCode = (code: string): boolean =>
  isState(code)
    ? OUTAGE_STATE.test(code) || SOCKET_OUTAGE.has(code)
    : PRISMA_OUTAGE.test(code) || SOCKET_OUTAGE.has(code) || STREAM_OUTAGE.test(code);

/** Postgres error classes caused by a value: cardinality, data, integrity, checks and program limits. */
const DATA_FAULT = /^(?:21|22|23|44|54)/;

/** Errors of system calls and of Prisma, neither of which depends on the data. */
const NON_DATA_CODE = /^(?:E[A-Z]+|P\d{4})$/;

/**
 * Whether a retry with the same data is likely to fail again: Postgres says so by its SQLSTATE, or our own code threw.
 * All other errors of the database or its driver (unavailable, full, locked, not migrated) may pass. Drivers may word a
 * lost connection in new ways, so callers retry once before they stop at such an error.
 */
export function isDataFault(error: unknown): boolean {
  if (isDatabaseOutage(error) || error instanceof Prisma.PrismaClientUnknownRequestError) return false;
  const code = codeOf(error);
  if (code === undefined) return true;
  return isState(code) ? DATA_FAULT.test(code) : !NON_DATA_CODE.test(code);
}

/** SQLSTATEs of a broken session: every later statement in it would fail too. */
const BROKEN_SESSION_STATE = /^(?:08|57P|0A000|25006|26000|42P05|XX)/;

/** A late answer could be mistaken for the answer to the next statement. */
const UNANSWERED = 'Query read timeout';

/** Severities that end the session, which may be noticed later than the error itself. */
const FATAL_SEVERITIES = new Set<unknown>(['FATAL', 'PANIC']);

/** Whether the connection that reported the error must not be used again. */
export function isBrokenSession(error: unknown): boolean {
  if (FATAL_SEVERITIES.has((error as { severity?: unknown } | undefined)?.severity)) return true;
  const code = codeOf(error);
  if (code === undefined) return error instanceof Error && error.message.startsWith(UNANSWERED);
  return isState(code) && BROKEN_SESSION_STATE.test(code);
}

const isState = (code: string): boolean => /^[0-9A-Z]{5}$/.test(code) && !/^P\d{4}$/.test(code);

/** The error's code; the database's own code if Prisma wraps it. */
function codeOf(error: unknown): string | undefined {
  const { code, meta, name, cause } = (error ?? {}) as PrismaError;
  const adapter = meta?.driverAdapterError?.cause ?? (name === 'DriverAdapterError' ? cause : undefined);
  if (typeof adapter?.originalCode === 'string') return adapter.originalCode;
  const socket = typeof adapter?.kind === 'string' ? SOCKET_KINDS[adapter.kind] : undefined;
  return socket ?? (typeof code === 'string' ? code : undefined);
}

/** Prisma's names for socket errors, whose codes it drops. */
const SOCKET_KINDS: Readonly<Record<string, string>> = {
  ConnectionClosed: 'ECONNRESET',
  DatabaseNotReachable: 'ECONNREFUSED',
  SocketTimeout: 'ETIMEDOUT',
  TlsConnectionError: 'ERR_TLS_CONNECTION',
};

/** Raw queries wrap the adapter's error, and some transactions throw it directly. */
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
