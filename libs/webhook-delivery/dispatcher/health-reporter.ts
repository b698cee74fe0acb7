import { Injectable, Logger } from '@nestjs/common';
import { Commands, processRequest } from '#libs/commands';
import { asError } from '#libs/kernel';
import { receivesOnlyNotices, SUBSCRIPTION_AGGREGATE } from '#libs/webhooks';
import { endpointHealth } from '../core/health/endpoint-health.js';
import { type JudgedEndpoint, JudgedEndpoints } from '../postgres/judged-endpoints.js';
import { dispatcherCause } from './dispatcher-cause.js';

/**
 * Tells the owners of subscriptions when their endpoints fail and when they work again. Several processes may look at once:
 * the subscription takes each change of its health once.
 */
@Injectable()
export class HealthReporter {
  readonly #logger = new Logger(HealthReporter.name);

  constructor(
    private readonly commands: Commands,
    private readonly endpoints: JudgedEndpoints,
  ) {}

  async reportChanges(now = Date.now()): Promise<void> {
    for await (const endpoint of this.endpoints.find(now)) await this.#report(endpoint, now);
  }

  /** Tries once and never throws; the next look repeats a failed try. */
  async #report({ facts, tenant, eventTypes, ...endpoint }: JudgedEndpoint, now: number): Promise<void> {
    const { subscriptionId, former } = endpoint;
    const health = endpointHealth(facts, now);
    if (!health || health.warning === former || receivesOnlyNotices(eventTypes)) return;
    const { attempts, delivered } = facts.judged;
    const command = {
      type: 'report-health',
      ...endpoint,
      health,
      attempts,
      failed: attempts - delivered,
    } as const;
    try {
      const request = processRequest(dispatcherCause(tenant), subscriptionId, command);
      await this.commands.execute(SUBSCRIPTION_AGGREGATE, request);
    } catch (error) {
      this.#logger.log(`the health of ${subscriptionId} is not reported: ${asError(error).message}`);
    }
  }
}
