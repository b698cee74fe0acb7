import { Injectable } from '@nestjs/common';
import type { CursorClaim, ParkedDeliveries, ParkedDelivery } from '#libs/dispatching';
import { PrismaService } from '../database/prisma.service.js';

/** Dead letters and what is held back behind them. */
@Injectable()
export class ParkedDeliveryRepository implements ParkedDeliveries {
  constructor(private readonly prisma: PrismaService) {}

  async firstOffsets(
    { topic, partition }: CursorClaim,
    subscriptionId: string,
    lanes: readonly string[],
  ): Promise<ReadonlyMap<string, number>> {
    const rows = await this.prisma.$queryRaw<{ lane: string; first: bigint }[]>`
      select lane, min("offset") as first
      from parked_delivery
      where subscription_id = ${subscriptionId}::uuid and lane = any(${lanes}::text[])
        and topic = ${topic} and partition = ${partition}::int
      group by lane`;
    return new Map(rows.map(({ lane, first }) => [lane, Number(first)]));
  }

  /** The lock on the cursor makes a rival's claim wait, so that what it then reads is complete. */
  async park(
    { owner, topic, partition }: CursorClaim,
    subscriptionId: string,
    deliveries: readonly ParkedDelivery[],
  ): Promise<boolean> {
    const rows = await this.prisma.$queryRaw<{ held: boolean }[]>`
      with held as (
        select true as held from webhook_cursor
        where subscription_id = ${subscriptionId}::uuid and topic = ${topic} and partition = ${partition}::int
          and owner = ${owner}::uuid
        for share
      ), written as (
        insert into parked_delivery
          (subscription_id, topic, partition, "offset", lane, event_id, event_type, attempts, last_error)
        select ${subscriptionId}::uuid, ${topic}, ${partition}::int,
          parked."offset", parked.lane, parked.event_id, parked.event_type, parked.attempts, nullif(parked.last_error, '')
        from held, unnest(
          ${deliveries.map(({ position }) => position.offset)}::bigint[],
          ${deliveries.map(({ lane }) => lane)}::text[],
          ${deliveries.map(({ eventId }) => eventId)}::uuid[],
          ${deliveries.map(({ eventType }) => eventType)}::text[],
          ${deliveries.map(({ attempts }) => attempts)}::int[],
          ${deliveries.map(({ lastError }) => lastError ?? '')}::text[]
        ) as parked ("offset", lane, event_id, event_type, attempts, last_error)
        on conflict do nothing
      )
      select held from held`;
    return rows.length > 0;
  }
}
