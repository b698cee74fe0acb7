import { countOverTime, type DashboardData, quantile, rate, rateOverTime, secondsOverTime } from './panel.js';

export const WEBHOOKS_DASHBOARD: DashboardData = {
  name: 'webhooks',
  title: 'Orderstream: webhooks',
  description: 'What subscribers get, and when.',
  rows: [
    {
      title: 'Subscribers',
      panels: [
        secondsOverTime(
          'event to acceptance',
          'Of live deliveries. Normal: 99 of 100 below half a second.',
          {
            half: quantile(0.5, 'orderstream_webhook_latency_seconds'),
            '99 of 100': quantile(0.99, 'orderstream_webhook_latency_seconds'),
          },
          { alert: 'WebhookBudgetBurn' },
        ),
        countOverTime(
          'subscriptions by success',
          'How many of their attempts succeeded in the last half hour to hour. `orderstream status` and the console name them.',
          {
            '{{band}}': 'max by (band) (orderstream_webhook_subscriptions)',
          },
          { alert: 'SubscriptionFailing' },
        ),
        rateOverTime(
          'attempts',
          'By outcome.',
          {
            '{{class}} {{outcome}}': rate('orderstream_webhook_attempts_total', 'class, outcome'),
          },
          { alert: 'SubscriptionFailing' },
        ),
        secondsOverTime(
          'time of an attempt',
          '95 of 100, by outcome. It is the time that subscribers take.',
          {
            '{{outcome}}': quantile(0.95, 'orderstream_webhook_attempt_seconds', '', 'outcome'),
          },
        ),
      ],
    },
    {
      title: 'The dispatcher',
      panels: [
        secondsOverTime(
          'age of what was not looked at',
          'Normal: below 10 s.',
          {
            age: 'max(orderstream_consumer_age_seconds{consumer="webhook-dispatcher"})',
          },
          { alert: 'DispatcherBehind' },
        ),
        countOverTime('furthest behind', 'Offsets, of the subscription or replay that is furthest behind.', {
          '{{class}}': 'max by (class) (orderstream_webhook_lag)',
        }),
        rateOverTime('events', 'What became of what is owed. Held ones wait in the database.', {
          '{{fate}}': rate('orderstream_webhook_deliveries_total{class="live"}', 'fate'),
        }),
        rateOverTime('looked at', 'Events, once for all subscriptions.', {
          '{{fate}}': rate('orderstream_webhook_events_total', 'fate'),
        }),
        countOverTime('in memory', 'Deliveries under way or waiting, and feeds that have something to do.', {
          deliveries: 'sum(orderstream_webhook_pending)',
          feeds: 'sum(orderstream_webhook_awake_feeds)',
        }),
        rateOverTime(
          'failures',
          'What the dispatcher could not do at once, and attempts missing from logs. Normal: 0.',
          {
            '{{stage}}': rate('orderstream_webhook_dispatch_failures_total', 'stage'),
            'not logged': rate('orderstream_webhook_log_dropped_total'),
            'not counted': rate('orderstream_webhook_tally_dropped_total'),
          },
          { alert: 'AttemptsDropped' },
        ),
      ],
    },
    {
      title: 'Event streams',
      panels: [
        countOverTime('readers', 'Long polls and server-sent events now.', {
          readers: 'sum(orderstream_event_stream_readers)',
        }),
      ],
    },
  ],
};
