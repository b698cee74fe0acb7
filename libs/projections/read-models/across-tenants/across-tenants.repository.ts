import { Injectable } from '@nestjs/common';
import { type Instant, formatInstant, type Stream } from '#libs/kernel';
import type { NotificationState } from '#libs/notifications';
import type { PaymentState } from '#libs/payments';
import { type FoundPage, PrismaService } from '#libs/postgres';
import type { Process } from '#libs/processes/core';
import { streamPage } from '../../postgres/stream-row.js';

/** The states in which a process is not over. Only these are listed over all tenants: the others are without number. */
export const LIVE_PROCESS_STATES = ['stuck', 'running', 'waiting'] as const;

/** The last row of a page; the next page starts after it. */
export interface TimeOrderEnd {
  readonly at: Instant;
  readonly key: string;
}

interface OneListQuery {
  readonly limit: number;
  readonly after?: TimeOrderEnd | undefined;
  readonly tenant?: string | undefined;
}

/** A list in the order of an index. The names are part of the SQL. */
interface IndexedList {
  readonly table: string;
  readonly time: 'updated_at' | 'created_at';
  readonly key: string;
  readonly direction: 'asc' | 'desc';
}

/** Lists over all tenants. Each condition in use has its index. */
@Injectable()
export class AcrossTenantsRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Those without progress for the longest time first. */
  processes({
    state,
    updatedTo,
    ...query
  }: OneListQuery & {
    readonly state: (typeof LIVE_PROCESS_STATES)[number];
    readonly updatedTo?: Instant | undefined;
  }): Promise<FoundPage<Stream<Process>>> {
    const list = { table: 'process', time: 'updated_at', key: 'process_id', direction: 'asc' } as const;
    return this.#page(list, query, [
      ['status =', state],
      ['updated_at <', updatedTo === undefined ? undefined : formatInstant(updatedTo)],
    ]);
  }

  /** Those that wait for a decision, the longest wait first. */
  paymentsInReview(query: OneListQuery): Promise<FoundPage<Stream<PaymentState>>> {
    const list = { table: 'payment', time: 'updated_at', key: 'order_id', direction: 'asc' } as const;
    return this.#page(list, query, [['status =', 'in-review']]);
  }

  /** Newest first. */
  mails({
    status,
    ...query
  }: OneListQuery & { readonly status?: 'sent' | 'failed' | undefined }): Promise<
    FoundPage<Stream<NotificationState>>
  > {
    const list = {
      table: 'notification',
      time: 'created_at',
      key: 'notification_id',
      direction: 'desc',
    } as const;
    return this.#page(list, query, [['status =', status]]);
  }

  #page<State>(
    { table, time, key, direction }: IndexedList,
    { limit, after, tenant }: OneListQuery,
    wanted: readonly (readonly [string, string | undefined])[],
  ): Promise<FoundPage<Stream<State>>> {
    const values: unknown[] = [];
    const value = (given: unknown) => `$${values.push(given)}`;
    const conditions = ['true'];
    for (const [condition, given] of [...wanted, ['tenant =', tenant] as const])
      if (given !== undefined) conditions.push(`${condition} ${value(given)}`);
    if (after) {
      const sign = direction === 'asc' ? '>' : '<';
      const place = `(${value(formatInstant(after.at))}, ${value(after.key)}::uuid)`;
      conditions.push(`(${time}, ${key}) ${sign} ${place}`);
    }
    const text = `select $columns from "${table}" where ${conditions.join(' and ')}
      order by ${time} ${direction}, ${key} ${direction} limit ${value(limit + 1)}`;
    return streamPage<State>(this.prisma.pool, { text, values, limit });
  }
}
