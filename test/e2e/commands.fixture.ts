import { makePrisma } from '#libs/persistence';
import type { Answer } from './system.fixture.js';

/** All that a client goes by; requests differ in their ids only. */
export const told = ({ status, headers, body }: Answer) => ({
  status,
  body,
  etag: headers.get('etag'),
  position: headers.get('orderstream-position'),
  location: headers.get('location'),
});

export const keyed = (key: string) => ({ 'idempotency-key': key });

/** Runs statements on the system's database, behind its back. */
export async function inDatabase<Row>(url: string, ...statements: string[]): Promise<Row[]> {
  const prisma = makePrisma({ url, poolSize: 1, timeoutMs: 10_000 });
  try {
    let rows: Row[] = [];
    for (const statement of statements) rows = await prisma.$queryRawUnsafe<Row[]>(statement);
    return rows;
  } finally {
    await prisma.$disconnect();
  }
}

/**
 * As if all that the command side keeps in the database were lost. In the order in which a writer locks the tables: the
 * other way round, each could wait for the other.
 */
export const loseStates = (databaseUrl: string) =>
  inDatabase(databaseUrl, 'truncate stream_state_checkpoint, stream_state, partition_owner');
