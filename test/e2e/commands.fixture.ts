import { makePrisma } from '#libs/postgres';
import { type Answer, type Client, eventually, someOrder } from './system.fixture.js';

/** All that a client goes by; requests differ in their ids only. */
export const told = ({ status, headers, body }: Answer) => ({
  status,
  body,
  etag: headers.get('etag'),
  position: headers.get('orderstream-position'),
  location: headers.get('location'),
});

export const keyed = (key: string) => ({ 'idempotency-key': key });

export const range = (count: number) => Array.from({ length: count }, (_, index) => index);

export const problemOf = ({ status, body }: Answer) => [status, body.code];
export const REUSED = [422, 'idempotency-key-reused'];
/** The fields that a problem names. */
export const pointersOf = ({ body }: Answer): string[] =>
  body.errors?.map(({ pointer }: { pointer: string }) => pointer);

export const commandsOf = (client: Client) => ({
  create: (key: string, body: unknown = someOrder(), by = client) => by.post('/v1/orders', body, keyed(key)),
  step: (...given: Parameters<Client['step']>) => client.step(...given),
  receive: (sku: string, quantity: number, headers = {}) =>
    client.post(`/v1/stock/${sku}/receipts`, { quantity }, headers),
  adjust: (sku: string, quantity: number, headers = {}) =>
    client.post(`/v1/stock/${sku}/adjustments`, { quantity, reason: 'count' }, headers),
  /** The versions of an order's events, once there are that many. */
  versionsOf: async (orderId: string, count: number): Promise<number[]> => {
    const { items } = await eventually(async () => {
      const { status, body } = await client.get(`/v1/orders/${orderId}/events?limit=500`);
      expect([status, body.items?.length]).toEqual([200, count]);
      return body;
    });
    return items.map(({ version }: { version: number }) => version);
  },
});

/** All items that a list gives, page by page. */
export async function allPages<Item>(client: Client, path: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let token = ''; ; ) {
    const { status, body } = await client.get(`${path}${token && `&pageToken=${token}`}`);
    expect(status).toBe(200);
    items.push(...body.items);
    token = body.nextPageToken ?? '';
    if (!token) return items;
  }
}

/**
 * All events of the client's tenant that the log has, as the feed gives them, page by page. A page may be empty where much
 * belongs to others.
 */
export async function allEvents<Event>(client: Client, query = '', limit = 500): Promise<Event[]> {
  const events: Event[] = [];
  for (let place = 'from=beginning'; ; ) {
    const { status, body } = await client.get(`/v1/events?${place}&limit=${limit}&wait=0${query}`);
    expect(status).toBe(200);
    expect(body.items.length).toBeLessThanOrEqual(limit);
    events.push(...body.items);
    const next = `after=${encodeURIComponent(body.cursor)}`;
    if (next === place) return events;
    place = next;
  }
}

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

/** Waits until the database has the states of more than that many streams. */
export const statesSaved = (databaseUrl: string, count: number) =>
  eventually(async () => {
    const sql = 'select count(*)::int as n from stream_state';
    expect((await inDatabase<{ n: number }>(databaseUrl, sql))[0]?.n).toBeGreaterThan(count);
  });

/**
 * As if all that the command side keeps in the database were lost. In the order in which a writer locks the tables: the
 * other way round, each could wait for the other.
 */
export const loseStates = (databaseUrl: string) =>
  inDatabase(databaseUrl, 'truncate stream_state_checkpoint, stream_state, partition_owner');
