import {
  canonicalJson,
  type Decider,
  fail,
  ok,
  type Rejection,
  type Result,
  unreachable,
} from '#libs/kernel';
import { isQueryHidden, isSameOrigin, isSameUrl, splitCallbackUrl } from './callback-url.js';
import { isCausedByDeliveries, isToldOf } from './dead-letter-notices.js';
import { receivesOnlyNotices } from './endpoint-health.js';
import { startFromText } from './start-from.js';
import { jsonBytes } from './subscription-bounds.js';
import type {
  CreateSubscription,
  RecordDeadLetter,
  ReportHealth,
  RotateSecret,
  SubscriptionCommand,
  SubscriptionMemory,
  UpdateSubscription,
} from './subscription-commands.js';
import type {
  SubscriptionCreated,
  SubscriptionEvent,
  SubscriptionSettingsData,
  SubscriptionUpdated,
} from './subscription-events.js';
import { evolve } from './subscription-evolution.js';
import {
  isLive,
  type LiveSubscription,
  MAX_LIVE_SECRETS,
  type SealedSecret,
  type SubscriptionSettings,
  type SubscriptionState,
} from './subscription-state.js';

export type SubscriptionRejection = Rejection<
  | 'subscription-not-found'
  | 'subscription-already-exists'
  | 'subscription-not-active'
  | 'subscription-active-already'
  | 'subscription-limit-reached'
  | 'subscription-memory-exhausted'
  | 'subscription-secrets-exhausted'
  | 'callback-query-hidden'
>;

type Decision = Result<readonly SubscriptionEvent[], SubscriptionRejection>;

/**
 *   create ──► active ──pause──► paused
 *               │  ▲ ◄──resume─────┘
 *       disable ▼  │ resume
 *              disabled                    each ──delete──► deleted
 */
export const subscriptionDecider: Decider<
  SubscriptionState,
  SubscriptionCommand,
  SubscriptionEvent,
  SubscriptionRejection
> = { initialState: { status: 'none' }, decide, evolve };

function decide(command: SubscriptionCommand, state: SubscriptionState): Decision {
  if (command.type === 'create-subscription') return create(command, state);
  if (!isLive(state)) {
    return fail({
      code: 'subscription-not-found',
      detail: `There is no webhook subscription ${command.subscriptionId}.`,
    });
  }
  return decideLive(command, state);
}

function decideLive(
  command: Exclude<SubscriptionCommand, CreateSubscription>,
  state: LiveSubscription,
): Decision {
  const { subscriptionId } = command;
  switch (command.type) {
    case 'update-subscription':
      return update(command, state);
    case 'pause-subscription':
      if (state.status !== 'active') return notActive(state);
      return ok([{ type: 'webhook-subscription.paused', data: changeOf(command) }]);
    case 'resume-subscription':
      if (state.status === 'active')
        return fail({ code: 'subscription-active-already', detail: 'The subscription is active.' });
      return ok([{ type: 'webhook-subscription.resumed', data: changeOf(command) }]);
    case 'disable-subscription':
      if (state.status !== 'active') return notActive(state);
      // The failures may concern a former address. If not, the next attempt leads here again.
      if (command.revision !== state.revision) return ok([]);
      return ok([
        { type: 'webhook-subscription.disabled', data: { ...changeOf(command), reason: command.reason } },
      ]);
    case 'delete-subscription':
      return ok([{ type: 'webhook-subscription.deleted', data: changeOf(command) }]);
    case 'rotate-secret':
      return rotate(command, state);
    case 'record-dead-letter':
      return recordDeadLetter(command, state);
    case 'report-health':
      return reportHealth(command, state);
    case 'send-test':
      if (state.status !== 'active') return notActive(state);
      return ok([{ type: 'webhook.test', data: { subscriptionId } }]);
    default:
      return unreachable(command);
  }
}

function create(command: CreateSubscription, state: SubscriptionState): Decision {
  const { settings, secret, callbackQuery, headers, startFrom, start, existing, limit, memory } = command;
  if (state.status !== 'none')
    return fail({ code: 'subscription-already-exists', detail: 'A subscription is created once.' });
  if (existing >= limit) {
    return fail({
      code: 'subscription-limit-reached',
      detail: `There are ${existing} webhook subscriptions; at most ${limit} are allowed.`,
    });
  }
  const data = {
    ...changeOf(command),
    ...settingsData(settings),
    callbackQuery,
    secrets: [{ sealed: secret, expiresAt: null }],
    headers,
    startFrom: startFromText(startFrom),
    start,
  };
  return withinMemory({ type: 'webhook-subscription.created', data }, state, memory);
}

function update(command: UpdateSubscription, state: LiveSubscription): Decision {
  const address = addressAfter(command, state);
  if (!address.ok) return address;
  const { callbackUrl, callbackQuery } = address.value;
  const before = settingsOf(state);
  const { changes } = command;
  const after = { ...before, ...changes, callbackUrl, retry: { ...before.retry, ...changes.retry } };
  const headers = headersAfter(command, state, callbackUrl);
  const names = Object.keys(before) as (keyof SubscriptionSettings)[];
  const changed = new Set<string>(
    names.filter((name) => canonicalJson(after[name]) !== canonicalJson(before[name])),
  );
  if (callbackQuery !== queryOf(state)) changed.add('callbackUrl');
  if (headers !== state.headers) changed.add('headers');
  if (changed.size === 0) return ok([]);
  const data = {
    ...changeOf(command),
    ...settingsData(after),
    callbackQuery,
    secrets: state.secrets,
    headers,
    changed: [...changed],
  };
  return withinMemory({ type: 'webhook-subscription.updated', data }, state, command.memory);
}

/** Refuses an event that takes the tenant's subscriptions over their memory limit; one that adds nothing is allowed. */
function withinMemory(
  event: SubscriptionCreated | SubscriptionUpdated,
  before: SubscriptionState,
  { bytes, limit }: SubscriptionMemory,
): Decision {
  const added = jsonBytes(evolve(before, event)) - (isLive(before) ? jsonBytes(before) : 0);
  if (added <= 0 || bytes + added <= limit) return ok([event]);
  return fail({
    code: 'subscription-memory-exhausted',
    detail:
      `The tenant's webhook subscriptions take ${bytes} bytes and this change adds ${added}; at most ${limit} are ` +
      'allowed. Shorten filter, eventTypes or headers, or delete subscriptions that are not needed.',
  });
}

const queryOf = ({ callbackQuery }: LiveSubscription): string | null => callbackQuery ?? null;

/** A client that sends back the URL as it was shown, with its query hidden, keeps it unchanged. */
function addressAfter(
  { changes, callbackQuery = null }: UpdateSubscription,
  state: LiveSubscription,
): Result<
  Pick<LiveSubscription, 'callbackUrl'> & { readonly callbackQuery: string | null },
  SubscriptionRejection
> {
  const present = { callbackUrl: state.callbackUrl, callbackQuery: queryOf(state) };
  if (changes.callbackUrl === undefined) return ok(present);
  if (!isQueryHidden(changes.callbackUrl)) return ok({ callbackUrl: changes.callbackUrl, callbackQuery });
  const { callbackUrl, query } = splitCallbackUrl(state.callbackUrl);
  const hasQuery = query !== '' || present.callbackQuery !== null;
  if (hasQuery && isSameUrl(splitCallbackUrl(changes.callbackUrl).callbackUrl, callbackUrl))
    return ok(present);
  return fail({
    code: 'callback-query-hidden',
    detail: 'This differs from the present callback URL, so it must include its query.',
  });
}

/** Drops the headers on a move to another origin, because they may hold secrets of the former one. */
function headersAfter(
  { headers }: UpdateSubscription,
  state: LiveSubscription,
  callbackUrl: string,
): string | null {
  if (headers !== undefined) return headers;
  return isSameOrigin(state.callbackUrl, callbackUrl) ? state.headers : null;
}

/** Emits one event each time a delivery becomes a dead letter, but none for events that deliveries cause. */
function recordDeadLetter({ type: _, ...deadLetter }: RecordDeadLetter, state: LiveSubscription): Decision {
  if (isCausedByDeliveries(deadLetter.eventType) || isToldOf(state.notices, deadLetter)) return ok([]);
  return ok([{ type: 'webhook.dead-lettered', data: deadLetter }]);
}

/** Emits an event when the warning is another than the owner has, and none if the subscription changed meanwhile. */
function reportHealth(command: ReportHealth, state: LiveSubscription): Decision {
  const { subscriptionId, revision, former, health, attempts, failed, lastError } = command;
  const { warned } = state;
  const told = warned?.warning ?? null;
  const isLate = state.status !== 'active' || revision !== state.revision || former !== told;
  if (isLate || health.warning === told || receivesOnlyNotices(state.eventTypes)) return ok([]);
  if (health.warning !== null) {
    const data = { subscriptionId, ...health, attempts, failed, lastError };
    return ok([{ type: 'webhook-subscription.failing', data }]);
  }
  if (!warned) return ok([]);
  const { warning, since } = warned;
  return ok([{ type: 'webhook-subscription.recovered', data: { subscriptionId, warning, since } }]);
}

/** The new secret signs at once; old ones keep signing until the overlap ends or they expire. */
function rotate(command: RotateSecret, state: LiveSubscription): Decision {
  const { secret, now, overlapSeconds } = command;
  const until = new Date(Date.parse(now) + overlapSeconds * 1_000).toISOString();
  const old = state.secrets
    .map(({ sealed, expiresAt }): SealedSecret & { readonly expiresAt: string } => ({
      sealed,
      expiresAt: expiresAt !== null && expiresAt < until ? expiresAt : until,
    }))
    .filter(({ expiresAt }) => expiresAt > now);
  if (old.length >= MAX_LIVE_SECRETS) {
    return fail({
      code: 'subscription-secrets-exhausted',
      detail: `${old.length} secrets are in use until they expire; an overlap of 0 seconds ends them all.`,
    });
  }
  const data = {
    ...changeOf(command),
    ...settingsData(settingsOf(state)),
    callbackQuery: queryOf(state),
    secrets: [{ sealed: secret, expiresAt: null }, ...old],
    headers: state.headers,
    changed: ['secret'],
  };
  return ok([{ type: 'webhook-subscription.updated', data }]);
}

const changeOf = ({
  subscriptionId,
  positions,
}: Pick<CreateSubscription, 'subscriptionId' | 'positions'>) => ({
  subscriptionId,
  positions,
});

const notActive = ({ status }: LiveSubscription): Decision =>
  fail({ code: 'subscription-not-active', detail: `The subscription is ${status}.` });

function settingsOf(state: LiveSubscription): SubscriptionSettings {
  const { callbackUrl, eventTypes, filter, ordering, onExhausted, payload, format, batch, rateLimit, retry } =
    state;
  return { callbackUrl, eventTypes, filter, ordering, onExhausted, payload, format, batch, rateLimit, retry };
}

const settingsData = (
  settings: SubscriptionSettings,
): Omit<
  SubscriptionSettingsData,
  'subscriptionId' | 'positions' | 'callbackQuery' | 'secrets' | 'headers'
> => ({
  ...settings,
  filter: settings.filter && JSON.stringify(settings.filter),
});
