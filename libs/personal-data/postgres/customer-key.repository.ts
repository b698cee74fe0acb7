import { randomBytes } from 'node:crypto';
import {
  type CustomerOfTenant,
  type DataKey,
  type DataKeyStore,
  type FoundKey,
  nameOfCustomer,
} from '#libs/personal-data/sealing';
import { newId } from '#libs/kernel';
import { KEY_BYTES, Sealer, UnsealableError } from '#libs/platform';
import { type PooledPrisma, prepared } from '#libs/postgres';

interface KeyRow {
  readonly key_id: string;
  readonly tenant: string;
  readonly customer_id: string;
  readonly wrapped: string;
}

/** Processes hear here which key was destroyed. */
export const DESTROYED_KEY_CHANNEL = 'orderstream_destroyed_key';

/** What another process inserts at the same moment is not seen by the statement, and is there for the next one. */
const findOrMake = prepared(`
  with wanted as (
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
      as wanted (key_id, tenant, customer_id, wrapped)
  ), made as (
    insert into customer_key (key_id, tenant, customer_id, wrapped)
    select wanted.* from wanted
    where not exists (select from customer_key old where (old.tenant, old.customer_id) = (wanted.tenant, wanted.customer_id))
    order by tenant, customer_id
    on conflict do nothing
    returning key_id, tenant, customer_id, wrapped
  )
  select * from made
  union all
  select old.key_id, old.tenant, old.customer_id, old.wrapped
  from customer_key old join wanted using (tenant, customer_id)`);

const findById = prepared(`
  select key_id, tenant, customer_id, wrapped from customer_key where key_id = any ($1::uuid[])
  union all
  select key_id, tenant, '', '' from destroyed_key where key_id = any ($1::uuid[])`);

const PAGE = 1_000;

/** Keeps the keys of customers, each encrypted under PERSONAL_DATA_KEY. */
export class CustomerKeyRepository implements DataKeyStore {
  readonly #wrapper: Sealer;

  constructor(
    private readonly prisma: Pick<PooledPrisma, 'pool'>,
    keys: readonly Buffer[],
  ) {
    this.#wrapper = new Sealer(keys, 'PERSONAL_DATA_KEY');
  }

  async keysOf(customers: readonly CustomerOfTenant[]): Promise<ReadonlyMap<string, DataKey>> {
    const found = new Map<string, DataKey>();
    let missing = customers;
    while (missing.length > 0) {
      const made = missing.map((customer) => ({ ...customer, ...this.#newKey() }));
      const column = (of: (row: (typeof made)[number]) => string): string[] => made.map(of);
      const { rows } = await this.prisma.pool.query<KeyRow>(
        findOrMake([
          column(({ keyId }) => keyId),
          column(({ tenant }) => tenant),
          column(({ customerId }) => customerId),
          column(({ wrapped }) => wrapped),
        ]),
      );
      for (const row of rows)
        found.set(nameOfCustomer({ tenant: row.tenant, customerId: row.customer_id }), this.#keyIn(row));
      missing = missing.filter((customer) => !found.has(nameOfCustomer(customer)));
    }
    return found;
  }

  async keysById(ids: readonly string[]): Promise<ReadonlyMap<string, FoundKey>> {
    const { rows } = await this.prisma.pool.query<KeyRow>(findById([ids]));
    return new Map(
      rows.flatMap((row): [string, FoundKey][] => {
        if (row.wrapped === '') return [[row.key_id, 'forgotten']];
        const key = this.#readableKeyIn(row);
        return key ? [[row.key_id, key]] : [];
      }),
    );
  }

  /** @throws UnsealableError if PERSONAL_DATA_KEY does not name what the newest key is encrypted under */
  async check(): Promise<void> {
    const { rows } = await this.prisma.pool.query<KeyRow>(
      'select key_id, tenant, customer_id, wrapped from customer_key order by key_id desc limit 1',
    );
    for (const row of rows) this.#keyIn(row);
  }

  /** The tenants that have a key of a customer of this id. */
  async tenantsOf(customerId: string): Promise<string[]> {
    const { rows } = await this.prisma.pool.query<KeyRow>(
      'select tenant from customer_key where customer_id = $1 order by tenant',
      [customerId],
    );
    return rows.map(({ tenant }) => tenant);
  }

  /**
   * Destroys the key of a customer, and tells all processes. Whatever was sealed with it is unreadable from then on.
   * @returns whether there was one
   */
  async destroy({ tenant, customerId }: CustomerOfTenant): Promise<boolean> {
    const { rowCount } = await this.prisma.pool.query(
      `with gone as (
         delete from customer_key where tenant = $1 and customer_id = $2 returning key_id, tenant
       ), noted as (
         insert into destroyed_key (key_id, tenant) select key_id, tenant from gone returning key_id
       )
       select pg_notify($3, key_id::text) from noted`,
      [tenant, customerId, DESTROYED_KEY_CHANNEL],
    );
    return rowCount === 1;
  }

  /**
   * Encrypts every key under the first key of PERSONAL_DATA_KEY, after which the others are not needed. It can be repeated.
   * @returns how many there are
   */
  async rewrap(): Promise<number> {
    let [count, last] = [0, '00000000-0000-0000-0000-000000000000'];
    for (;;) {
      const { rows } = await this.prisma.pool.query<KeyRow>(
        'select key_id, wrapped from customer_key where key_id > $1 order by key_id limit $2',
        [last, PAGE],
      );
      const newest = rows.at(-1);
      if (!newest) return count;
      const wrapped = rows.map(({ key_id: id, wrapped: old }) =>
        this.#wrapper.seal(this.#wrapper.open(old, id), id),
      );
      await this.prisma.pool.query(
        `update customer_key set wrapped = again.wrapped
         from unnest($1::uuid[], $2::text[]) as again (key_id, wrapped) where customer_key.key_id = again.key_id`,
        [rows.map(({ key_id: id }) => id), wrapped],
      );
      count += rows.length;
      last = newest.key_id;
    }
  }

  #newKey(): { readonly keyId: string; readonly wrapped: string } {
    const keyId = newId();
    return { keyId, wrapped: this.#wrapper.seal(randomBytes(KEY_BYTES).toString('base64'), keyId) };
  }

  /** One row that cannot be read must not hide the others. */
  #readableKeyIn(row: KeyRow): DataKey | undefined {
    try {
      return this.#keyIn(row);
    } catch (error) {
      if (error instanceof UnsealableError) return undefined;
      throw error;
    }
  }

  #keyIn({ key_id: keyId, tenant, wrapped }: KeyRow): DataKey {
    const key = Buffer.from(this.#wrapper.open(wrapped, keyId), 'base64');
    return { keyId, tenant, sealer: new Sealer([key], 'PERSONAL_DATA_KEY') };
  }
}
