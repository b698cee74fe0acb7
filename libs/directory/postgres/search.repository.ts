import { Inject, Injectable } from '@nestjs/common';
import { EVENT_TOPICS } from '#libs/contracts';
import { formatPosition } from '#libs/kernel';
import { type PooledPrisma, PrismaService } from '#libs/postgres';
import type { SearchTerms } from '../core/index.js';
import { TenantDirectory } from './tenant-directory.js';

export const SEARCH_KINDS = [
  'order',
  'event',
  'process',
  'subscription',
  'notification',
  'key',
  'position',
  'tenant',
  'customer',
  'sku',
  'cart',
] as const;

/** One thing that a search has found. */
export interface SearchHit {
  readonly kind: (typeof SEARCH_KINDS)[number];
  readonly id: string;
  /** `null` for what belongs to no tenant. */
  readonly tenant: string | null;
  readonly label: string;
}

export interface SearchResult {
  readonly items: readonly SearchHit[];
  /** There are more tenants than were searched for customers, skus and carts. */
  readonly isPartial: boolean;
}

const HITS_OF_KIND = 5;
const MAX_TENANTS = 1_000;

/** Ranges of primary keys, each cut off after a few rows. */
const BY_ID = [
  ['order', `order_id`, `status`, `"order"`],
  ['event', `event_id`, `concat(topic, '/', partition, '@', "offset")`, `event_index`],
  ['process', `process_id`, `concat(process, ', ', status)`, `process`],
  ['subscription', `subscription_id`, `concat(state->>'callbackUrl', ', ', status)`, `webhook_subscription`],
  ['notification', `notification_id`, `concat(state->>'template', ', ', status)`, `notification`],
  ['key', `id`, `name`, `api_key`],
]
  .map(
    ([kind, id, label, table]) => `
    (select '${kind}' as kind, ${id}::text as id, tenant, ${label} as label from ${table}
     where ${id} between $1::uuid and $2::uuid order by ${id} limit ${HITS_OF_KIND})`,
  )
  .join(' union all ');

/** Largest code point: what begins with a text is not greater than the text with this behind it. */
const LAST = 'chr(1114111)';
const beginningWith = (kind: string, column: string, table: string): string => `
  (select '${kind}' as kind, found.${column} as id, name.tenant, found.label
   from unnest($1::text[]) as name (tenant) cross join lateral (
     select ${column}, label_of.label from ${table}
     cross join lateral (select ${kind === 'sku' ? `concat(available, ' available')` : 'status'} as label) as label_of
     where ${table}.tenant = name.tenant and ${column} >= $2 and ${column} <= $2 || ${LAST}
     order by ${column} limit ${HITS_OF_KIND}
   ) as found limit ${HITS_OF_KIND})`;

/** By indexes that begin with the tenant: one look for each. */
const BY_TEXT = [
  `(select 'customer' as kind, $2 as id, name.tenant, 'customer' as label
    from unnest($1::text[]) as name (tenant)
    where exists (select from "order" where "order".tenant = name.tenant and customer_id = $2)
    limit ${HITS_OF_KIND})`,
  beginningWith('sku', 'sku', 'stock_item'),
  beginningWith('cart', 'cart_id', 'cart'),
].join(' union all ');

/** Finds things of all tenants by what operators have at hand. Looks only where an index leads. */
@Injectable()
export class SearchRepository {
  constructor(
    @Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>,
    private readonly tenants: TenantDirectory,
  ) {}

  /** At most five of each kind. Ids, skus, carts and tenants are found by their beginnings, customers by their whole ids. */
  async find({ text, ids, position }: SearchTerms): Promise<SearchResult> {
    const items: SearchHit[] = [];
    const { pool } = this.prisma;
    if (ids) items.push(...(await pool.query<SearchHit>(BY_ID, [ids.from, ids.to])).rows);
    if (position && EVENT_TOPICS.includes(position.topic))
      items.push({ kind: 'position', id: formatPosition(position), tenant: null, label: position.topic });
    const names = await this.tenants.names(MAX_TENANTS + 1);
    const searched = names.slice(0, MAX_TENANTS);
    items.push(
      ...searched
        .filter((tenant) => tenant.startsWith(text))
        .slice(0, HITS_OF_KIND)
        .map((tenant) => ({ kind: 'tenant' as const, id: tenant, tenant, label: 'tenant' })),
    );
    items.push(...(await pool.query<SearchHit>(BY_TEXT, [searched, text])).rows);
    return { items, isPartial: names.length > MAX_TENANTS };
  }
}
