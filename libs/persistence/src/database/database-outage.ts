import { Prisma } from '../generated/client.js';

/** Prisma's codes for a database that cannot be reached, is too slow, or has no connection to spare. */
const OUTAGE_CODES = /^P1\d{3}$|^P2024$|^P2028$/;

/** The driver's own errors reach us as plain ones, known only by their words. */
const OUTAGE_WORDS =
  /Query read timeout|Connection terminated|timeout exceeded when trying to connect|ECONNREFUSED|ECONNRESET|EPIPE|the database system is|terminating connection|statement timeout|too many clients/i;

/** Whether an error tells of a database that does not answer now, rather than of a fault in our use of it. */
export function isDatabaseOutage(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  if (error instanceof Prisma.PrismaClientKnownRequestError && OUTAGE_CODES.test(error.code)) return true;
  return error instanceof Error && OUTAGE_WORDS.test(error.message);
}
