import { Inject, Injectable } from '@nestjs/common';
import { type CommandOrigin, createRequest, sourceOf } from '#libs/commands';
import {
  type CreatedReplay,
  MAX_RUNNING_REPLAYS,
  type Replay,
  ReplayRepository,
} from '#libs/webhook-delivery/postgres';
import { invalidRequest, ProblemException, Sealer, SETTINGS, type Settings } from '#libs/platform';
import { type LiveSubscription, type PositionVector, splitCallbackUrl } from '#libs/webhooks';
import { EventPositions } from '../subscriptions/event-positions.js';
import { hideQuery, mustBeCallable } from '../subscriptions/subscription-commands.js';
import type { CreateReplayBody } from './replay.schemas.js';
import { contractOfEvent, TENANT_EVENT_TYPES, matchesEventType } from '#libs/contracts';
import { keptPlace } from '#libs/webhooks/http';

/** Creates replays. Every failure is a problem document. */
@Injectable()
export class ReplayCreator {
  constructor(
    private readonly positions: EventPositions,
    private readonly replays: ReplayRepository,
    private readonly sealer: Sealer,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async create(
    origin: CommandOrigin,
    subscription: LiveSubscription,
    body: CreateReplayBody,
  ): Promise<Replay> {
    const { callbackUrl } = body;
    if (callbackUrl !== undefined) mustBeCallable(callbackUrl, this.settings);
    const eventTypes = wantedTypes(subscription, body);
    const { start, until } = await this.#range(body, eventTypes);
    // A replay is not a command of a stream, but its idempotency key works the same way.
    const { streamId: replayId, requestHash } = createRequest(
      sourceOf(origin),
      'webhook-replays',
      () => null,
      () => ({
        asked: {
          type: 'replay',
          subscriptionId: subscription.subscriptionId,
          ...body,
          from: keptPlace(body.from),
          to: keptPlace(body.to),
          ...(callbackUrl !== undefined && hideQuery(callbackUrl, this.sealer)),
        },
      }),
    );
    const { maxReplays } = this.settings.webhooks;
    const created = await this.replays.create(
      {
        replayId,
        subscriptionId: subscription.subscriptionId,
        tenant: origin.caller.tenant,
        start,
        until,
        eventTypes: body.eventTypes ? eventTypes : null,
        ...this.#address(callbackUrl, replayId),
        requestHash,
      },
      maxReplays,
    );
    return orProblem(created, maxReplays);
  }

  async #range({ from, to }: CreateReplayBody, eventTypes: readonly string[]) {
    const ends = await this.positions.ends();
    const place = (where: CreateReplayBody['from' | 'to'], field: string): Promise<PositionVector> =>
      this.positions.startOf(where, ends, field);
    return replayRange(await place(from, 'from'), await place(to, 'to'), topicsOfEventTypes(eventTypes));
  }

  #address(
    text: string | undefined,
    replayId: string,
  ): { callbackUrl: string | null; callbackQuery: string | null } {
    if (text === undefined) return { callbackUrl: null, callbackQuery: null };
    const { callbackUrl, query } = splitCallbackUrl(text);
    return { callbackUrl, callbackQuery: query === '' ? null : this.sealer.seal(query, replayId) };
  }
}

function wantedTypes(subscription: LiveSubscription, body: CreateReplayBody): readonly string[] {
  const wanted = commonEventTypes(subscription.eventTypes, body.eventTypes ?? subscription.eventTypes);
  if (wanted.length > 0) return wanted;
  throw invalidRequest([
    { path: ['eventTypes'], message: 'must share at least one event type with the subscription' },
  ]);
}

function orProblem(created: CreatedReplay, maxReplays: number): Replay {
  if (created === 'other-request') {
    const detail = 'The idempotency key was used before with a different request.';
    throw new ProblemException('idempotency-key-reused', detail);
  }
  const tooMany = (whose: string, limit: number) =>
    new ProblemException('too-many-replays', `${whose} has ${limit} running replays, which is the limit.`);
  if (created === 'too-many-running') throw tooMany('The subscription', MAX_RUNNING_REPLAYS);
  if (created === 'too-many-of-tenant') throw tooMany('The tenant', maxReplays);
  return created;
}

/** The part of the log that a replay covers, by partition. */
interface ReplayRange {
  readonly start: PositionVector;
  readonly until: PositionVector;
}

/** The range between two places, in those partitions of the topics where it is not empty. */
export function replayRange(
  from: PositionVector,
  to: PositionVector,
  topics: ReadonlySet<string>,
): ReplayRange {
  const start: Record<string, number> = {};
  const until: Record<string, number> = {};
  for (const [key, end] of Object.entries(to)) {
    const beginning = from[key] ?? 0;
    if (end <= beginning || !topics.has(key.slice(0, key.lastIndexOf('/')))) continue;
    start[key] = beginning;
    until[key] = end;
  }
  return { start, until };
}

/** The event types that match every one of these lists of patterns. */
export const commonEventTypes = (...lists: readonly (readonly string[])[]): string[] =>
  TENANT_EVENT_TYPES.filter((type) =>
    lists.every((patterns) => patterns.some((pattern) => matchesEventType(pattern, type))),
  );

export const topicsOfEventTypes = (eventTypes: readonly string[]): Set<string> =>
  new Set(eventTypes.flatMap((type) => contractOfEvent(type)?.topic ?? []));
