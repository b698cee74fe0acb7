import { COMMANDS } from '../objectives.js';
import {
  countOverTime,
  type DashboardData,
  quantile,
  rate,
  rateOverTime,
  secondsOverTime,
  shareOverTime,
} from './panel.js';

const REQUESTS = 'orderstream_http_request_seconds';

export const COMMANDS_DASHBOARD: DashboardData = {
  name: 'commands',
  title: 'Orderstream: commands',
  description: 'How commands are answered, and what they wait for.',
  rows: [
    {
      title: 'Answers',
      panels: [
        secondsOverTime(
          'time to acknowledge',
          'Commands of one order, cart or stock item. Normal: 99 of 100 below 50 ms.',
          {
            half: quantile(0.5, REQUESTS, COMMANDS),
            '99 of 100': quantile(0.99, REQUESTS, COMMANDS),
          },
          { alert: 'CommandBudgetBurn' },
        ),
        rateOverTime('answers by status', 'Normal: hardly any 5xx. 4xx are the faults of clients.', {
          '{{status}}': rate(`${REQUESTS}_count{${COMMANDS}}`, 'status'),
        }),
        secondsOverTime(
          'time to answer, by route',
          '99 of 100 requests of each route, queries too.',
          {
            '{{method}} {{route}}': quantile(0.99, REQUESTS, '', 'method, route'),
          },
          { width: 24 },
        ),
      ],
    },
    {
      title: 'The log',
      panels: [
        secondsOverTime('append', 'Time until Kafka has confirmed. Normal: a few milliseconds.', {
          half: quantile(0.5, 'orderstream_append_seconds'),
          '99 of 100': quantile(0.99, 'orderstream_append_seconds'),
        }),
        rateOverTime('events appended', 'By topic.', {
          '{{topic}}': rate('orderstream_events_appended_total', 'topic'),
        }),
        rateOverTime(
          'writers',
          'Claims of partitions, and writers that had to begin again. Normal: 0, but for restarts.',
          {
            takeovers: rate('orderstream_partition_takeovers_total'),
            failures: rate('orderstream_append_failures_total'),
            'states not loaded or saved': rate('orderstream_state_store_failures_total'),
          },
          { alert: 'PartNotReady' },
        ),
        countOverTime('streams in memory', 'States that writers hold, by topic.', {
          '{{topic}}': 'sum by (topic) (orderstream_writer_streams)',
        }),
      ],
    },
    {
      title: 'Waiting',
      panels: [
        countOverTime(
          'commands waiting',
          'Because deliveries, processes or projections are behind. Normal: 0.',
          {
            waiting: 'sum(orderstream_commands_waiting)',
            'places (1,000: no limit)': 'min(orderstream_commands_places)',
          },
          { alert: 'CommandBudgetBurn' },
        ),
        rateOverTime('refused', 'For waiting too long, and for limits per second. Normal: 0.', {
          overload: rate('orderstream_commands_overload_refused_total'),
          'limit of a tenant': rate('orderstream_requests_rate_limited_total'),
        }),
        shareOverTime(
          'not as promised',
          'Share of commands that failed or took longer than 50 ms.',
          {
            'last hour': 'slo:errors:ratio_rate1h{slo="commands"}',
            'last 5 minutes': 'slo:errors:ratio_rate5m{slo="commands"}',
          },
          { alert: 'CommandBudgetBurn' },
        ),
      ],
    },
  ],
};
