import { Inject, Injectable } from '@nestjs/common';
import { type PooledPrisma, PrismaService } from '#libs/postgres';
import { REDRIVEN } from './dead-letter.repository.js';

export interface FailingEndpoint {
  readonly subscriptionId: string;
  readonly tenant: string;
  readonly revision: number;
}

/**
 * The present endpoint has been failing since before that time, failed within the last day, and accepted nothing since, in
 * any lane. Replays don't count, as they may have another URL.
 */
const DEAD = `
  select subscription_id as "subscriptionId", tenant, revision from webhook_subscription as subscription
  where status = 'active'
    and exists (
      select from webhook_lane
      where feed_id = subscription_id and failing_since < $1::timestamptz
        and endpoint_revision = coalesce((state ->> 'endpointRevision')::int, 0)
    )
    and exists (
      select from webhook_attempt as attempt
      where attempt.subscription_id = subscription.subscription_id and attempt.feed_id = subscription.subscription_id
        and outcome <> 'delivered' and outcome <> '${REDRIVEN}'
        and started_at >= now() - interval '1 day'
    )
    and not exists (
      select from webhook_attempt as attempt
      where attempt.subscription_id = subscription.subscription_id and attempt.feed_id = subscription.subscription_id
        and outcome = 'delivered' and started_at >= $1::timestamptz
    )`;

/** Finds active subscriptions whose endpoints have failed for a long time without a success. */
@Injectable()
export class FailingEndpoints {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  /** @param since RFC 3339; must lie within the delivery log */
  async find(since: string): Promise<FailingEndpoint[]> {
    const { rows } = await this.prisma.pool.query<FailingEndpoint>(DEAD, [since]);
    return rows;
  }
}
