import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { EVENT_TOPICS } from '#libs/contracts';
import { LogUnavailableError } from '#libs/event-store';
import { KafkaEventLog } from '#libs/event-store-kafka';
import { newId, type Position } from '#libs/kernel';
import { type StoredSubscription, WebhookSubscriptionRepository } from '#libs/persistence';
import { invalidRequest, ProblemException, SETTINGS, type Settings } from '#libs/platform';
import { checkCallbackUrl, SECRET_BYTES, type StartPoint, webhookSecretOf } from '#libs/webhooks';
import type { CreateSubscriptionBody } from './webhook-subscription.schemas.js';

/** Makes subscriptions. */
@Injectable()
export class SubscriptionCreator {
  constructor(
    private readonly log: KafkaEventLog,
    private readonly subscriptions: WebhookSubscriptionRepository,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** @throws ProblemException */
  async create(tenant: string, body: CreateSubscriptionBody): Promise<StoredSubscription> {
    const checked = checkCallbackUrl(body.callbackUrl, this.settings.webhooks.allowPrivateTargets);
    if (!checked.ok) throw invalidRequest([{ path: ['callbackUrl'], message: checked.problem.detail }]);
    const { eventTypes = [], eventType, secret, startFrom, retry } = body;
    const cursors = await this.#beginning(startFrom);
    return this.subscriptions.create(
      {
        subscriptionId: newId(),
        tenant,
        callbackUrl: body.callbackUrl,
        eventTypes: [...new Set(eventType === undefined ? eventTypes : [eventType])],
        secrets: [secret ?? webhookSecretOf(randomBytes(SECRET_BYTES.made))],
        status: 'active',
        retry,
        startFrom,
      },
      cursors,
    );
  }

  /** Asked before the answer, so that what is acknowledged after it lies behind these positions. */
  async #beginning(startFrom: StartPoint): Promise<Position[]> {
    try {
      const ends = await this.log.endOffsets(EVENT_TOPICS);
      return startFrom === 'now' ? ends : ends.map((end) => ({ ...end, offset: 0 }));
    } catch (cause) {
      if (!(cause instanceof LogUnavailableError)) throw cause;
      throw new ProblemException({
        code: 'unavailable',
        detail: 'The event log does not answer now.',
        cause,
      });
    }
  }
}
