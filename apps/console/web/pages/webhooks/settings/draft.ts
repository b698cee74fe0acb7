import type { Subscription, SubscriptionChange } from '../subscription';
import { type Condition, conditionsOf, filterOf } from './filter-conditions';

export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

type Chosen = Pick<
  Subscription,
  'callbackUrl' | 'eventTypes' | 'ordering' | 'onExhausted' | 'payload' | 'format' | 'retry'
>;

/** The settings of a webhook while a person edits them. */
export interface Draft extends Chosen {
  readonly conditions: readonly Condition[];
  readonly batch: NonNullable<Subscription['batch']> | null;
  readonly rateLimit: number | null;
  /** `undefined` keeps those that there are, whose values nobody sees. */
  readonly headers: readonly HeaderField[] | undefined;
}

export type ChangeDraft = (changed: Partial<Draft>) => void;

/** What a new webhook has unless somebody chooses something else. */
export const NEW_DRAFT: Draft = {
  callbackUrl: '',
  eventTypes: [],
  ordering: 'stream',
  onExhausted: 'park',
  payload: 'full',
  format: 'native',
  conditions: [],
  batch: null,
  rateLimit: null,
  retry: { maxAttempts: 20, initialDelayMs: 5_000, maxDelayMs: 21_600_000, timeoutMs: 15_000 },
  headers: [],
};

export const draftOf = (subscription: Subscription): Draft => {
  const { callbackUrl, eventTypes, ordering, onExhausted, payload, format, retry } = subscription;
  return {
    callbackUrl,
    eventTypes,
    ordering,
    onExhausted,
    payload,
    format,
    retry,
    conditions: conditionsOf(subscription.filter),
    batch: subscription.batch ?? null,
    rateLimit: subscription.rateLimit ?? null,
    headers: undefined,
  };
};

/** As the API takes it. */
function settingsOf({ conditions, headers, callbackUrl, ...settings }: Draft) {
  const named = headers?.filter(({ name }) => name.trim() !== '');
  return {
    ...settings,
    callbackUrl: callbackUrl.trim(),
    filter: filterOf(conditions),
    ...(named && {
      headers:
        named.length === 0
          ? null
          : Object.fromEntries(named.map(({ name, value }) => [name.trim(), value.trim()])),
    }),
  };
}

/** All settings, for a new webhook. */
export const allSettingsOf = (draft: Draft) =>
  settingsOf(draft) as SubscriptionChange & { callbackUrl: string };

/** Only what differs, so that a change of one setting cannot undo somebody else's of another. */
export function changesOf(before: Draft, after: Draft): SubscriptionChange {
  const former = settingsOf(before) as Record<string, unknown>;
  const changed = Object.entries(settingsOf(after)).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(former[name]),
  );
  return Object.fromEntries(changed);
}
