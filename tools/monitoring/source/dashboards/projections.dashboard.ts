import {
  countOverTime,
  type DashboardData,
  rate,
  rateOverTime,
  secondsOverTime,
  shareOverTime,
} from './panel.js';

export const PROJECTIONS_DASHBOARD: DashboardData = {
  name: 'projections',
  title: 'Orderstream: projections',
  description: 'How old the answers of queries are.',
  rows: [
    {
      title: 'Freshness',
      panels: [
        secondsOverTime(
          'age of what is missing',
          'The oldest event that a read model lacks. Normal: below 10 s.',
          {
            '{{projection}}': 'max by (projection) (orderstream_projection_age_seconds)',
          },
          { alert: 'ProjectionStale' },
        ),
        countOverTime(
          'stopped partitions',
          'Where a read model has stopped at an event. Normal: 0.',
          {
            '{{projection}}': 'sum by (projection) (orderstream_projection_stopped_partitions)',
          },
          { alert: 'ProjectionStopped' },
        ),
        shareOverTime(
          'late, of the last hour',
          'Share of the time in which a read model lacked an event older than 10 s.',
          {
            '{{projection}}': 'slo:errors:ratio_rate1h{slo="freshness"}',
          },
          { alert: 'FreshnessBudgetBurn' },
        ),
        countOverTime(
          'events to read',
          'Offsets between a read model and the end of the log, with control records.',
          {
            '{{projection}}': 'sum by (projection) (orderstream_projection_lag_events)',
          },
        ),
      ],
    },
    {
      title: 'Work',
      panels: [
        rateOverTime('applied', 'Events written to the tables, a second.', {
          '{{projection}}': rate('orderstream_projection_events_applied_total', 'projection'),
        }),
        rateOverTime('left out', 'Events that an operator skips. Normal: 0.', {
          '{{projection}}': `${rate('orderstream_projection_events_seen_total', 'projection')} - ${rate('orderstream_projection_events_applied_total', 'projection')}`,
        }),
        secondsOverTime(
          'time to answer queries',
          '99 of 100 reads.',
          {
            '{{route}}':
              'histogram_quantile(0.99, sum by (le, route) (rate(orderstream_http_request_seconds_bucket{method="GET",route=~"/v1/(orders|stock|carts|payments|processes|stats).*"}[$__rate_interval])))',
          },
          { width: 24 },
        ),
      ],
    },
  ],
};
