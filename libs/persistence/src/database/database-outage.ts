import { Prisma } from '../generated/client.js';

/** Prisma's codes for a database that cannot be reached, is too slow, or has no connection to spare. */
const PRISMA_OUTAGE = /^P1\d{3}$|^P2024$|^P2028$/;

/** Of the socket, and Postgres' own for a server that starts, stops or is full. */
const DRIVER_OUTAGE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  '57P01',
  '57P02',
  '57P03',
  '57014',
  '53300',
]);

/** What the driver throws as plain errors, known only by how they begin. */
const DRIVER_WORDS = /^(?:Query read timeout|Connection terminated|timeout exceeded when trying to connect)/;

/** Whether an error tells of a database that does not answer now, rather than of a fault in our use of it. */
export function isDatabaseOutage(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (error instanceof Prisma.PrismaClientKnownRequestError) return PRISMA_OUTAGE.test(error.code);
  return (typeof code === 'string' && DRIVER_OUTAGE.has(code)) || DRIVER_WORDS.test(error.message);
}

/** Postgres' classes of errors that a value is to blame for: cardinality, data, integrity, program limits. */
const DATA_FAULT = /^(?:21|22|23|54)/;

/**
 * Whether trying again with the same data will give the same: a value that the tables cannot hold, or an error that is
 * not the database's at all. Everything else that a database says (away, full, locked, not migrated yet) may pass.
 */
export function isDataFault(error: unknown): boolean {
  if (!(error instanceof Error) || isDatabaseOutage(error)) return false;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? DATA_FAULT.test(code) : true;
}
