import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type CommandOrigin, commandRequest, Commands, createRequest, sourceOf } from '#libs/commands';
import type { AcceptedCommand } from '#libs/event-store/core';
import { canonicalJson } from '#libs/kernel';
import { type SubscriptionUsage, WebhookSubscriptionRepository } from '#libs/webhook-delivery/postgres';
import { invalidRequest, Sealer, SETTINGS, type Settings, TenantQuotas } from '#libs/platform';
import { QueryShares } from '#libs/projections/http';
import {
  checkCallbackUrl,
  isQueryHidden,
  MADE_SECRET_BYTES,
  type SettingChanges,
  splitCallbackUrl,
  type StartFrom,
  type SubscriptionCommand,
  type SubscriptionMemory,
  type SubscriptionState,
  webhookSecretOf,
  SUBSCRIPTION_AGGREGATE,
} from '#libs/webhooks';
import {
  type CreateSubscriptionBody,
  keptPlace,
  type RotateSecretBody,
  type UpdateSubscriptionBody,
} from '#libs/webhooks/http';
import { EventPositions } from './event-positions.js';

/** Settings of any size: a change of these is checked against the tenant's memory limit. */
const GROWING = ['callbackUrl', 'eventType', 'eventTypes', 'filter', 'headers'] as const;

/** A body with its start in the form in which it is stored. */
type KeptBody = Omit<CreateSubscriptionBody, 'startFrom'> & { readonly startFrom: StartFrom };

type Step = 'pause-subscription' | 'resume-subscription' | 'delete-subscription';

type AcceptedChange = Promise<AcceptedCommand<SubscriptionState>>;

/** Turns requests into commands. Every failure is a problem document. */
@Injectable()
export class SubscriptionCommands {
  constructor(
    private readonly commands: Commands,
    private readonly positions: EventPositions,
    private readonly subscriptions: WebhookSubscriptionRepository,
    private readonly shares: QueryShares,
    private readonly sealer: Sealer,
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly quotas: TenantQuotas,
  ) {}

  async create(origin: CommandOrigin, body: CreateSubscriptionBody): AcceptedChange {
    const { eventTypes = [], eventType, secret = newSecret(), headers, ...rest } = body;
    const startFrom = keptPlace(body.startFrom);
    mustBeCallable(body.callbackUrl, this.settings);
    const { callbackUrl, query } = splitCallbackUrl(body.callbackUrl);
    const [positions, { subscriptions: existing, bytes }] = await Promise.all([
      this.positions.ends(),
      this.#usage(origin),
    ]);
    const start = await this.shares.run(origin.caller.tenant, origin.request.signal, () =>
      this.positions.startOf(body.startFrom, positions),
    );
    const type = 'create-subscription';
    const create = createRequest(
      sourceOf(origin),
      'webhook-subscriptions',
      (subscriptionId): SubscriptionCommand => ({
        type,
        subscriptionId,
        settings: {
          ...rest,
          callbackUrl,
          eventTypes: [...new Set(eventType === undefined ? eventTypes : [eventType])],
        },
        secret: this.sealer.seal(secret, subscriptionId),
        callbackQuery: this.#sealedQuery(query, subscriptionId),
        headers: this.#sealedHeaders(headers, subscriptionId),
        startFrom,
        start,
        positions,
        existing,
        limit: this.quotas.of(origin.caller.tenant).subscriptions,
        memory: this.#memory(bytes),
      }),
      () => ({ asked: this.#asked(type, { ...body, startFrom }) }),
    );
    return this.commands.execute(SUBSCRIPTION_AGGREGATE, create);
  }

  async update(origin: CommandOrigin, subscriptionId: string, body: UpdateSubscriptionBody): AcceptedChange {
    const { eventType, eventTypes = eventType && [eventType], headers, callbackUrl, ...changes } = body;
    const address = callbackUrl === undefined ? undefined : this.#address(callbackUrl, subscriptionId);
    const type = 'update-subscription';
    const mayGrow = GROWING.some((name) => body[name] !== undefined);
    const [positions, { bytes }] = await Promise.all([
      this.positions.ends(),
      mayGrow ? this.#usage(origin) : { bytes: 0 },
    ]);
    const given = {
      ...changes,
      ...(address && { callbackUrl: address.callbackUrl }),
      ...(eventTypes && { eventTypes: [...new Set(eventTypes)] }),
    };
    const command: SubscriptionCommand = {
      type,
      subscriptionId,
      // Fields absent in JSON are absent here; the schema's types cannot express that.
      changes: given as SettingChanges,
      ...(address && { callbackQuery: address.callbackQuery }),
      ...(headers !== undefined && { headers: this.#sealedHeaders(headers, subscriptionId) }),
      positions,
      memory: this.#memory(bytes),
    };
    return this.#execute(origin, command, this.#asked(type, body));
  }

  async take(origin: CommandOrigin, subscriptionId: string, type: Step): AcceptedChange {
    const command = { type, subscriptionId, positions: await this.positions.ends() };
    return this.#execute(origin, command, { type });
  }

  async rotateSecret(
    origin: CommandOrigin,
    subscriptionId: string,
    { overlapSeconds }: RotateSecretBody,
  ): AcceptedChange {
    const type = 'rotate-secret';
    const command: SubscriptionCommand = {
      type,
      subscriptionId,
      secret: this.sealer.seal(newSecret(), subscriptionId),
      now: new Date().toISOString(),
      overlapSeconds,
      positions: await this.positions.ends(),
    };
    return this.#execute(origin, command, { type, overlapSeconds });
  }

  sendTest(origin: CommandOrigin, subscriptionId: string): AcceptedChange {
    return this.#execute(origin, { type: 'send-test', subscriptionId }, { type: 'send-test' });
  }

  #execute(origin: CommandOrigin, command: SubscriptionCommand, asked: unknown): AcceptedChange {
    const { subscriptionId } = command;
    return this.commands.execute(
      SUBSCRIPTION_AGGREGATE,
      commandRequest(origin, subscriptionId, command, { asked }),
    );
  }

  #usage({ request, caller: { tenant } }: CommandOrigin): Promise<SubscriptionUsage> {
    return this.shares.run(tenant, request.signal, () => this.subscriptions.usage(tenant));
  }

  #memory(bytes: number): SubscriptionMemory {
    return { bytes, limit: this.settings.webhooks.maxSubscriptionBytes };
  }

  /** A URL with the mark of a hidden query passes as it is: only the decider knows the current URL it refers to. */
  #address(text: string, subscriptionId: string) {
    if (isQueryHidden(text)) return { callbackUrl: text, callbackQuery: null };
    mustBeCallable(text, this.settings);
    const { callbackUrl, query } = splitCallbackUrl(text);
    return { callbackUrl, callbackQuery: this.#sealedQuery(query, subscriptionId) };
  }

  /** Equal queries get equal seals, so that a request that changes nothing is recognised. */
  #sealedQuery(query: string, subscriptionId: string): string | null {
    return query === '' ? null : this.sealer.sealComparably(query, subscriptionId);
  }

  #sealedHeaders(headers: Readonly<Record<string, string>> | null, subscriptionId: string): string | null {
    return headers && this.sealer.sealComparably(JSON.stringify(headers), subscriptionId);
  }

  /** The content of the request for its hash. The hash is public, so secrets enter as fingerprints that nobody can guess. */
  #asked(type: string, body: KeptBody | UpdateSubscriptionBody): unknown {
    const { headers, ...rest } = body;
    const hidden = (value: unknown) => value && this.sealer.fingerprint(canonicalJson(value));
    const secret = 'secret' in rest ? hidden(rest.secret) : undefined;
    const address = rest.callbackUrl === undefined ? undefined : hideQuery(rest.callbackUrl, this.sealer);
    return { type, ...rest, ...address, secret, headers: hidden(headers) };
  }
}

/** @throws ProblemException unless events may be posted to the URL */
export function mustBeCallable(callbackUrl: string, { webhooks }: Settings): void {
  const checked = checkCallbackUrl(callbackUrl, webhooks);
  if (!checked.ok) throw invalidRequest([{ path: ['callbackUrl'], message: checked.problem.detail }]);
}

/** Replaces the query by its fingerprint in the hash of a request. Without a query, the hash is as in old releases. */
export function hideQuery(text: string, sealer: Pick<Sealer, 'fingerprint'>): object {
  const { callbackUrl, query } = splitCallbackUrl(text);
  return query === '' ? { callbackUrl: text } : { callbackUrl, callbackQuery: sealer.fingerprint(query) };
}

const newSecret = (): string => webhookSecretOf(randomBytes(MADE_SECRET_BYTES));
