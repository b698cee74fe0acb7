import { TENANT_EVENT_TOPICS } from '#libs/contracts';
import { Injectable, Logger } from '@nestjs/common';
import { Commands, processRequest } from '#libs/commands';
import { asError } from '#libs/kernel';
import { TopicOffsets } from '#libs/kafka';
import { DISABLE_AFTER_MS } from '../core/health/endpoint-health.js';
import { type FailingEndpoint, FailingEndpoints } from '../postgres/failing-endpoints.js';
import { type DisabledReason, positionVector, SUBSCRIPTION_AGGREGATE } from '#libs/webhooks';
import { dispatcherCause } from './dispatcher-cause.js';

/** Disables subscriptions whose endpoints answered 410 or have failed for days. Events remain owed. */
@Injectable()
export class EndpointDisabler {
  readonly #logger = new Logger(EndpointDisabler.name);
  /** In progress: several attempts may get the same answer at once. */
  readonly #disabling = new Set<string>();

  constructor(
    private readonly commands: Commands,
    private readonly offsets: TopicOffsets,
    private readonly endpoints: FailingEndpoints,
  ) {}

  async disableFailing(): Promise<void> {
    const since = new Date(Date.now() - DISABLE_AFTER_MS).toISOString();
    for (const endpoint of await this.endpoints.find(since)) await this.disable(endpoint, 'failing');
  }

  /**
   * Tries once and never throws; a later attempt or run repeats a failed try. A subscription that changed since is left
   * alone, as it may have another endpoint.
   */
  async disable(
    { subscriptionId, tenant, revision }: FailingEndpoint,
    reason: DisabledReason,
  ): Promise<void> {
    if (this.#disabling.has(subscriptionId)) return;
    this.#disabling.add(subscriptionId);
    try {
      const positions = positionVector(await this.offsets.endOffsets(TENANT_EVENT_TOPICS));
      const command = { type: 'disable-subscription', subscriptionId, positions, reason, revision } as const;
      const request = processRequest(dispatcherCause(tenant), subscriptionId, command);
      const { stream } = await this.commands.execute(SUBSCRIPTION_AGGREGATE, request);
      if (stream.state.status === 'disabled')
        this.#logger.warn({ msg: 'webhook subscription disabled', subscriptionId, tenant, reason });
    } catch (error) {
      this.#logger.log(`${subscriptionId} is not disabled: ${asError(error).message}`);
    } finally {
      this.#disabling.delete(subscriptionId);
    }
  }
}
