import type { AlertRule } from './alert.js';
import { HOUR, MINUTE } from './time-scale.js';

const BANDS = 'max by (band) (orderstream_webhook_subscriptions';
const failingSubscriptions = `sum(${BANDS}{band="none"}))`;
const busySubscriptions = `sum(${BANDS}{band=~"all|most|some|none"}))`;
const bands = (counts: Readonly<Record<string, number>>) =>
  Object.fromEntries(
    Object.entries(counts).map(([band, count]) => [
      `orderstream_webhook_subscriptions{band="${band}"}`,
      `${count}x60`,
    ]),
  );
const age = (of: string, seconds: number) => ({ [of]: `${seconds}x20` });
const CONSUMER_AGE = 'orderstream_consumer_age_seconds';
const PROJECTION_AGE = 'orderstream_projection_age_seconds{projection="orders"}';
const LETTERS = 'max by (kind) (orderstream_dead_letters{kind=~"webhook|mail"}';

/** Older than this is late, as the rules mean it. */
const LATE_SECONDS = 60;

/** The way of events: to read models, subscribers, processes and customers. */
export const FLOW_ALERTS: readonly AlertRule[] = [
  {
    name: 'ProjectionStopped',
    severity: 'page',
    expression: () => 'sum by (projection) (orderstream_projection_stopped_partitions) > 0',
    for: MINUTE,
    summary: 'Queries answer with old data: {{ $labels.projection }} has stopped in {{ $value }} partitions',
    example: {
      minutes: 5,
      fires: { 'orderstream_projection_stopped_partitions{projection="orders"}': '1x20' },
      quiet: { 'orderstream_projection_stopped_partitions{projection="orders"}': '0x20' },
    },
  },
  {
    name: 'ProjectionStale',
    severity: 'page',
    expression: () => `max by (projection) (orderstream_projection_age_seconds) > ${LATE_SECONDS}`,
    for: 2 * MINUTE,
    summary:
      'Queries answer with old data: {{ $labels.projection }} is {{ $value | humanizeDuration }} behind',
    example: { minutes: 5, fires: age(PROJECTION_AGE, 61), quiet: age(PROJECTION_AGE, 59) },
  },
  ...(
    [
      ['DispatcherBehind', 'webhook-dispatcher', 'Subscribers get nothing new: the webhook dispatcher'],
      ['FulfilmentBehind', 'process-manager', 'New orders stand still: the process manager'],
    ] as const
  ).map(
    ([name, consumer, seen]): AlertRule => ({
      name,
      severity: 'page',
      expression: () => `max(${CONSUMER_AGE}{consumer="${consumer}"}) > ${LATE_SECONDS}`,
      for: 2 * MINUTE,
      summary: `${seen} is {{ $value | humanizeDuration }} behind`,
      example: {
        minutes: 5,
        fires: age(`${CONSUMER_AGE}{consumer="${consumer}"}`, 61),
        quiet: age(`${CONSUMER_AGE}{consumer="${consumer}"}`, 59),
      },
    }),
  ),
  {
    name: 'SubscriptionFailing',
    severity: 'ticket',
    expression: () => `${failingSubscriptions} > 0`,
    for: 15 * MINUTE,
    summary: 'Subscribers get nothing: {{ $value }} subscriptions have no attempt that succeeds',
    example: { minutes: 20, fires: bands({ none: 1, all: 9 }), quiet: bands({ none: 0, some: 3, all: 9 }) },
  },
  {
    name: 'SubscriptionFailing',
    severity: 'page',
    expression: () => `${failingSubscriptions} >= 5 and ${failingSubscriptions} > 0.5 * ${busySubscriptions}`,
    for: 5 * MINUTE,
    summary: 'Most subscribers get nothing, {{ $value }} of them: the fault is likely ours',
    example: { minutes: 10, fires: bands({ none: 6, all: 5 }), quiet: bands({ none: 6, all: 7 }) },
  },
  {
    name: 'DeadLettersGrow',
    severity: 'ticket',
    expression: (time) => `${LETTERS}) > ${LETTERS} offset ${time(HOUR)})`,
    for: 10 * MINUTE,
    summary: 'Some {{ $labels.kind }} deliveries are given up: there are {{ $value }} dead letters',
    example: {
      minutes: 90,
      fires: { 'orderstream_dead_letters{kind="webhook"}': '2x60 3x60' },
      quiet: { 'orderstream_dead_letters{kind="webhook"}': '3x120' },
    },
  },
  ...(['ticket', 'page'] as const).map(
    (severity): AlertRule => ({
      name: 'ProcessStuck',
      severity,
      expression: () => `max(orderstream_processes_stuck) ${severity === 'page' ? '>= 10' : '> 0'}`,
      for: 5 * MINUTE,
      summary: 'Orders stand still: {{ $value }} processes are stuck',
      example: {
        minutes: 10,
        fires: { orderstream_processes_stuck: severity === 'page' ? '10x20' : '1x20' },
        quiet: { orderstream_processes_stuck: severity === 'page' ? '9x20' : '0x20' },
      },
    }),
  ),
  {
    name: 'MailsUnanswered',
    severity: 'ticket',
    expression: (time) =>
      `sum(increase(orderstream_mail_attempts_total{outcome="unanswered"}[${time(10 * MINUTE)}])) > 0 unless sum(increase(orderstream_mail_attempts_total{outcome=~"sent|failed"}[${time(10 * MINUTE)}])) > 0`,
    for: 10 * MINUTE,
    summary: 'Customers get no mails: the mail server takes none',
    example: {
      minutes: 30,
      fires: { 'orderstream_mail_attempts_total{outcome="unanswered"}': '0+1x40' },
      quiet: {
        'orderstream_mail_attempts_total{outcome="unanswered"}': '0+1x40',
        'orderstream_mail_attempts_total{outcome="sent"}': '0+1x40',
      },
    },
  },
  {
    name: 'AttemptsDropped',
    severity: 'ticket',
    expression: (time) =>
      `sum(increase(orderstream_webhook_log_dropped_total[${time(HOUR)}])) + sum(increase(orderstream_webhook_tally_dropped_total[${time(HOUR)}])) > 0`,
    for: 0,
    summary:
      'Subscribers miss attempts in their delivery log and metrics; the deliveries themselves are complete',
    example: {
      minutes: 10,
      fires: {
        orderstream_webhook_log_dropped_total: '0 0 9x20',
        orderstream_webhook_tally_dropped_total: '0x22',
      },
      quiet: {
        orderstream_webhook_log_dropped_total: '9x20',
        orderstream_webhook_tally_dropped_total: '0x20',
      },
    },
  },
  {
    name: 'RefundLookupsDropped',
    severity: 'ticket',
    expression: (time) => `sum(increase(orderstream_refund_lookups_dropped_total[${time(HOUR)}])) > 0`,
    for: 0,
    summary: 'Some refunds may have been made without a record of it',
    example: {
      minutes: 10,
      fires: { orderstream_refund_lookups_dropped_total: '0 0 1x20' },
      quiet: { orderstream_refund_lookups_dropped_total: '1x20' },
    },
  },
];
