import { Injectable } from '@nestjs/common';
import type { RevisedSubscription } from '#libs/dispatching';
import type { Position } from '#libs/kernel';
import type { Subscription } from '#libs/webhooks';
import { PrismaService } from '../database/prisma.service.js';
import type { Prisma } from '../generated/client.js';
import { type StoredSubscription, toSubscription } from './subscription-row.js';

/** Where a page ends: the next one begins below it. */
export interface SubscriptionPageEnd {
  readonly createdAt: string;
  readonly subscriptionId: string;
}

/** Webhook subscriptions. What is asked for a tenant shows that tenant's only; deleted ones are not seen any more. */
@Injectable()
export class WebhookSubscriptionRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** The subscription and where it begins, in one transaction: no dispatcher can see the one without the other. */
  async create(subscription: Subscription, cursors: readonly Position[]): Promise<StoredSubscription> {
    const { subscriptionId, secrets, eventTypes, retry, ...columns } = subscription;
    const [secret] = secrets;
    if (secrets.length !== 1 || secret === undefined) throw new Error('a new subscription has one secret');
    const rows = cursors.map(({ topic, partition, offset }) => ({
      topic,
      partition,
      watermark: BigInt(offset),
    }));
    const row = await this.prisma.webhookSubscription.create({
      data: {
        ...columns,
        id: subscriptionId,
        secret,
        eventTypes: [...eventTypes],
        retry: { ...retry },
        cursors: { createMany: { data: rows } },
      },
    });
    return toSubscription(row);
  }

  async findOne(tenant: string, subscriptionId: string): Promise<StoredSubscription | undefined> {
    const where: Prisma.WebhookSubscriptionWhereInput = {
      id: subscriptionId,
      tenant,
      status: { not: 'deleted' },
    };
    const row = await this.prisma.webhookSubscription.findFirst({ where });
    return row ? toSubscription(row) : undefined;
  }

  /** Newest first. */
  async findPage(
    tenant: string,
    limit: number,
    after: SubscriptionPageEnd | undefined,
  ): Promise<StoredSubscription[]> {
    const createdAt = after && new Date(after.createdAt);
    const rows = await this.prisma.webhookSubscription.findMany({
      where: {
        tenant,
        status: { not: 'deleted' },
        ...(after &&
          createdAt && {
            OR: [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: after.subscriptionId } }],
          }),
      },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit,
    });
    return rows.map(toSubscription);
  }

  /** @returns whether there was one. */
  async delete(tenant: string, subscriptionId: string): Promise<boolean> {
    const count = await this.prisma.$executeRaw`
      update webhook_subscription
      set status = 'deleted', secret = '', revision = nextval(pg_get_serial_sequence('webhook_subscription', 'revision'))
      where id = ${subscriptionId}::uuid and tenant = ${tenant} and status <> 'deleted'`;
    return count > 0;
  }

  /** The revision of every subscription, of any tenant, that is to be delivered to. */
  async activeRevisions(): Promise<Map<string, number>> {
    const rows = await this.prisma.webhookSubscription.findMany({
      where: { status: 'active' },
      select: { id: true, revision: true },
    });
    return new Map(rows.map(({ id, revision }) => [id, Number(revision)]));
  }

  /** Those of these, of any tenant, that are to be delivered to. */
  async findActive(subscriptionIds: readonly string[]): Promise<RevisedSubscription[]> {
    const rows = await this.prisma.webhookSubscription.findMany({
      where: { id: { in: [...subscriptionIds] }, status: 'active' },
    });
    return rows.map(toSubscription);
  }
}
