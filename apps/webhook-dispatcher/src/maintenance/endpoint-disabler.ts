import { EVENT_TOPICS } from '#libs/contracts';
import { Injectable, Logger } from '@nestjs/common';
import { Commands, processRequest, SUBSCRIPTION_AGGREGATE } from '#libs/commanding';
import { asError } from '#libs/dispatching';
import { TopicOffsets } from '#libs/event-store-kafka';
import { newId } from '#libs/kernel';
import { type FailingEndpoint, FailingEndpoints } from '#libs/persistence';
import { type DisabledReason, positionVector } from '#libs/webhooks';

const DISABLE_AFTER_MS = 5 * 86_400_000;

/** Disables subscriptions whose endpoints say that they are gone, or have failed for days. Events go on being owed. */
@Injectable()
export class EndpointDisabler {
  readonly #logger = new Logger(EndpointDisabler.name);
  /** Under way: several attempts may be told so at once. */
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
   * Tries once: if it fails, the next attempt or the next look leads here again. Nothing happens when the subscription has
   * changed since: its endpoint may be another one by now. Never fails.
   */
  async disable(
    { subscriptionId, tenant, revision }: FailingEndpoint,
    reason: DisabledReason,
  ): Promise<void> {
    if (this.#disabling.has(subscriptionId)) return;
    this.#disabling.add(subscriptionId);
    try {
      const id = newId();
      const cause = {
        tenant,
        actor: 'webhook-dispatcher',
        commandId: id,
        correlationId: id,
        causationId: null,
      };
      const positions = positionVector(await this.offsets.endOffsets(EVENT_TOPICS));
      const command = { type: 'disable-subscription', subscriptionId, positions, reason, revision } as const;
      const request = processRequest(cause, subscriptionId, command);
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
