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
