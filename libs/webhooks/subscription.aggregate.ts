import { defineAggregate } from '#libs/kernel';
import { jsonBytes } from './subscription-bounds.js';
import { subscriptionDecider } from './subscription-decider.js';
import { isLive } from './subscription-state.js';

export const SUBSCRIPTION_AGGREGATE = defineAggregate({
  topic: 'webhooks',
  decider: subscriptionDecider,
  subject: 'subscriptionId',
  link: (subscriptionId) => `/v1/webhook-subscriptions/${subscriptionId}`,
  notFound: { code: 'subscription-not-found', noun: 'webhook subscription' },
  problems: {
    'subscription-not-found': {
      status: 404,
      title: 'Webhook subscription not found',
      meaning: 'Your tenant has no webhook subscription of this id.',
    },
    'subscription-already-exists': {
      status: 409,
      title: 'The webhook subscription already exists',
      meaning: 'A subscription is created once, and a deleted one cannot be recreated.',
    },
    'subscription-not-active': {
      status: 409,
      title: 'The webhook subscription is not active',
      meaning: 'The subscription is paused or disabled, so nothing is sent: resume it first.',
    },
    'subscription-active-already': {
      status: 409,
      title: 'The webhook subscription is already active',
      meaning: 'Only a paused or disabled subscription can be resumed.',
    },
    'subscription-limit-reached': {
      status: 409,
      title: 'Too many webhook subscriptions',
      meaning:
        'The limit for a tenant is set by WEBHOOK_MAX_SUBSCRIPTIONS, or for your tenant alone: delete a subscription that you no longer need.',
    },
    'subscription-memory-exhausted': {
      status: 409,
      title: 'The webhook subscriptions take too much memory',
      meaning:
        'WEBHOOK_MAX_SUBSCRIPTION_BYTES limits the total size of a tenant’s subscriptions, most of which is filters and headers. Shorten them, or delete subscriptions that you no longer need. A change that does not make a subscription larger is always allowed.',
    },
    'subscription-secrets-exhausted': {
      status: 409,
      title: 'Too many secrets are in use',
      meaning:
        'At most 5 secrets sign at once: wait until one expires, or end the old ones with an overlap of 0 seconds.',
    },
    'callback-query-hidden': {
      status: 400,
      title: 'The query of the callback URL is missing',
      meaning:
        'Answers show `?…` in place of the query of a callback URL. Sent back unchanged, the URL keeps its query; a different ' +
        'URL needs its full query.',
    },
    'delivery-not-found': {
      status: 404,
      title: 'Delivery not found',
      meaning:
        'The delivery log has no delivery of this event to the webhook subscription. It goes back WEBHOOK_LOG_DAYS and lists a ' +
        'batch by its first event. To resend one, its event must also still be in the event log.',
    },
    'delivery-not-subscribed': {
      status: 409,
      title: 'The webhook subscription no longer receives this event type',
      meaning: 'A delivery is resent by the present settings, and its event type is not one of theirs.',
    },
    'replay-not-found': {
      status: 404,
      title: 'Replay not found',
      meaning: 'The webhook subscription has no replay of this id.',
    },
    'too-many-replays': {
      status: 409,
      title: 'Too many replays are running',
      meaning:
        'At most 10 replays of a webhook subscription run at once; WEBHOOK_MAX_REPLAYS limits those of a tenant. Wait until one ends, or cancel one.',
    },
  },
  table: {
    name: 'webhook_subscription',
    projection: 'webhook-subscriptions',
    version: 3,
    key: 'uuid',
    columns: {
      status: { type: 'keyword', of: ({ status }) => status },
      revision: { type: 'int', of: ({ revision }) => revision },
      bytes: { type: 'int', of: jsonBytes },
    },
    hasRow: isLive,
  },
});
