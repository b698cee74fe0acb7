import { Injectable } from '@nestjs/common';
import { isUuid, type Position } from '#libs/kernel';
import { PrismaService } from '#libs/postgres';

/** Where an event is, and whose it is. */
export interface IndexedEvent extends Position {
  readonly eventId: string;
  readonly tenant: string;
  readonly orderId: string | null;
}

const COLUMNS = 'event_id as "eventId", order_id as "orderId", tenant, topic, partition, "offset"';

const BY_IDS = `select ${COLUMNS} from event_index where event_id = any($1::uuid[])`;

const OF_ORDER = `
  select ${COLUMNS} from event_index where order_id = $2::uuid and tenant = $1 order by event_id limit $3`;

/** Finds events by their ids, and the events that tell of an order. */
@Injectable()
export class EventIndexRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** The event of any tenant; callers check that it is their own. */
  async find(eventId: string): Promise<IndexedEvent | undefined> {
    return (await this.findAll([eventId]))[0];
  }

  /** Those that exist, in any order. What is no UUID is left out. */
  async findAll(eventIds: readonly string[]): Promise<IndexedEvent[]> {
    const wanted = eventIds.filter(isUuid);
    return wanted.length === 0 ? [] : this.#query(BY_IDS, [wanted]);
  }

  /** The oldest events of one tenant that tell of an order, by their ids, which are in order of time. */
  async findOfOrder(tenant: string, orderId: string, limit: number): Promise<IndexedEvent[]> {
    return isUuid(orderId) ? this.#query(OF_ORDER, [tenant, orderId, limit]) : [];
  }

  async #query(text: string, values: readonly unknown[]): Promise<IndexedEvent[]> {
    const { rows } = await this.prisma.pool.query<IndexedEvent & { readonly offset: string }>(text, [
      ...values,
    ]);
    return rows.map((row) => ({ ...row, offset: Number(row.offset) }));
  }
}
