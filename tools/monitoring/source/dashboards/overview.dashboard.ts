import { BUDGET_LEFT, errorsOver, OBJECTIVES } from '../objectives.js';
import {
  countOverTime,
  type DashboardData,
  numberNow,
  rate,
  rateOverTime,
  secondsOverTime,
  shareOverTime,
} from './panel.js';

const waits = (kind: string) => `max(orderstream_dead_letters{kind="${kind}"})`;

/** What an operator reads in a minute: from left to right, and from above to below. */
export const OVERVIEW: DashboardData = {
  name: 'overview',
  title: 'Orderstream: overview',
  description: 'Is everything as promised? What needs somebody? How much goes through, and how late is it?',
  rows: [
    {
      title: 'As promised? What is left of the budget of 30 days',
      panels: OBJECTIVES.map(({ slo, target, promise, alert }) =>
        numberNow(
          slo,
          `${promise} Promised: ${target * 100} % over 30 days. Normal: above a half. Below 0 the promise is broken.`,
          'percentunit',
          `${BUDGET_LEFT}{slo="${slo}"}`,
          { limits: { warn: 0.5, bad: 0.1 }, alert: alert.name, width: 6 },
        ),
      ),
    },
    {
      title: 'Needs somebody',
      panels: [
        numberNow(
          'alerts',
          'Alerts that fire now. Normal: 0.',
          'short',
          'count(ALERTS{alertstate="firing"}) or vector(0)',
          {
            limits: { warn: 1, bad: 3 },
          },
        ),
        numberNow(
          'not ready',
          'Parts of processes that are not ready. Normal: 0.',
          'short',
          'count(orderstream_part_ready == 0) or vector(0)',
          {
            limits: { warn: 1, bad: 1 },
            alert: 'PartNotReady',
          },
        ),
        numberNow(
          'stopped projections',
          'Read models that have stopped at an event. Normal: 0.',
          'short',
          waits('projection'),
          {
            limits: { warn: 1, bad: 1 },
            alert: 'ProjectionStopped',
          },
        ),
        numberNow('stuck processes', 'Orders that stand still. Normal: 0.', 'short', waits('process'), {
          limits: { warn: 1, bad: 10 },
          alert: 'ProcessStuck',
        }),
        numberNow(
          'failing subscriptions',
          'Subscriptions without an attempt that succeeds. Normal: 0.',
          'short',
          'max(orderstream_webhook_subscriptions{band="none"})',
          {
            limits: { warn: 1, bad: 5 },
            alert: 'SubscriptionFailing',
          },
        ),
        numberNow(
          'payments in review',
          'Payments that wait for a person. Normal: a few.',
          'short',
          'max(orderstream_payments_in_review)',
          {
            limits: { warn: 20, bad: 100 },
          },
        ),
      ],
    },
    {
      title: 'How much',
      panels: [
        rateOverTime('orders and events', 'Orders that began, and events appended, a second.', {
          orders: rate('orderstream_streams_created_total{topic="orders"}'),
          events: rate('orderstream_events_appended_total'),
        }),
        rateOverTime('webhooks', 'Attempts to deliver, by outcome. Normal: nearly all succeed.', {
          '{{outcome}}': rate('orderstream_webhook_attempts_total', 'outcome'),
        }),
      ],
    },
    {
      title: 'How late',
      panels: [
        secondsOverTime(
          'age of what is missing',
          'The oldest event that a read model or consumer lacks. Normal: below 10 s.',
          {
            '{{projection}}': 'max by (projection) (orderstream_projection_age_seconds) > 0',
            '{{consumer}}': 'max by (consumer) (orderstream_consumer_age_seconds) > 0',
          },
          { alert: 'ProjectionStale' },
        ),
        shareOverTime(
          'not as promised, in the last hour',
          'The share of bad events or time. Normal: below 1 %.',
          {
            '{{slo}} {{projection}}': errorsOver(3_600),
          },
        ),
        countOverTime(
          'dead letters',
          'What was given up and waits for a person. Normal: does not grow.',
          {
            '{{kind}}': 'max by (kind) (orderstream_dead_letters)',
          },
          { alert: 'DeadLettersGrow' },
        ),
        secondsOverTime(
          'failing the longest',
          'Since when the webhook has failed that has failed longest.',
          {
            seconds: 'max(orderstream_webhook_oldest_undelivered_seconds)',
          },
          { alert: 'SubscriptionFailing' },
        ),
      ],
    },
  ],
};
