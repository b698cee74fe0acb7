import { Injectable } from '@nestjs/common';
import type { AGGREGATES } from '#libs/aggregates';
import { formatInstant, type Instant, isUuid, type StateTable, type Stream } from '#libs/kernel';
import { type FoundPage, PrismaService } from '#libs/postgres';
import { keyColumnOf } from '../core/state-table.js';
import { STREAM_COLUMNS, streamOf, streamPage, type StreamRow } from './stream-row.js';

type Known = (typeof AGGREGATES)[number];
/** The states that an aggregate's rows hold. */
type StateOf<Aggregate extends Known> =
  // oxlint-disable-next-line typescript/no-explicit-any
  Aggregate['table'] extends StateTable<any, infer Row, any> ? Row : never;
type ColumnsOf<Aggregate extends Known> = keyof Aggregate['table']['columns'] & string;

/** The last row of a page; the next page starts after it. */
export interface RowPageEnd {
  readonly createdAt: Instant;
  readonly key: string;
}

export interface RowPageQuery<Columns extends string = string> {
  readonly limit: number;
  readonly after?: RowPageEnd | undefined;
  /** Values that columns must have; `undefined` is any. Each combination in use needs its index. */
  readonly where?: { readonly [Name in Columns]?: string | number | undefined };
  readonly createdFrom?: Instant | undefined;
  readonly createdTo?: Instant | undefined;
  readonly updatedTo?: Instant | undefined;
}

/** Reads the current states of one tenant's aggregates from their tables. */
@Injectable()
export class StateTables {
  constructor(private readonly prisma: PrismaService) {}

  async findOne<Aggregate extends Known>(
    aggregate: Aggregate,
    tenant: string,
    key: string,
  ): Promise<Stream<StateOf<Aggregate>> | undefined> {
    const { name, key: keyType } = aggregate.table;
    if (keyType === 'uuid' && !isUuid(key)) return undefined;
    const text = `select ${STREAM_COLUMNS} from "${name}"
      where tenant = $1 and ${keyColumnOf(aggregate)} = $2::${keyType}`;
    const { rows } = await this.prisma.pool.query<StreamRow>(text, [tenant, key]);
    return rows[0] && streamOf<StateOf<Aggregate>>(rows[0]);
  }

  /** Newest first, or in the order of text keys. */
  async findPage<Aggregate extends Known>(
    aggregate: Aggregate,
    tenant: string,
    { limit, after, where = {}, createdFrom, createdTo, updatedTo }: RowPageQuery<ColumnsOf<Aggregate>>,
  ): Promise<FoundPage<Stream<StateOf<Aggregate>>>> {
    const { name, key: keyType } = aggregate.table;
    const key = keyColumnOf(aggregate);
    const isByKey = keyType === 'text';
    const values: unknown[] = [];
    const value = (given: unknown) => `$${values.push(given)}`;
    const conditions = [`tenant = ${value(tenant)}`];
    for (const [column, wanted] of Object.entries(where))
      if (wanted !== undefined) conditions.push(`${column} = ${value(wanted)}`);
    if (createdFrom !== undefined) conditions.push(`created_at >= ${value(formatInstant(createdFrom))}`);
    if (createdTo !== undefined) conditions.push(`created_at < ${value(formatInstant(createdTo))}`);
    if (updatedTo !== undefined) conditions.push(`updated_at < ${value(formatInstant(updatedTo))}`);
    if (after)
      conditions.push(
        isByKey
          ? `${key} > ${value(after.key)}`
          : `(created_at, ${key}) < (${value(formatInstant(after.createdAt))}, ${value(after.key)}::uuid)`,
      );
    const text = `select $columns from "${name}" where ${conditions.join(' and ')}
      order by ${isByKey ? key : `created_at desc, ${key} desc`} limit ${value(limit + 1)}`;
    return streamPage<StateOf<Aggregate>>(this.prisma.pool, { text, values, limit });
  }
}
