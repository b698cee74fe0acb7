import type { AlertRule, SampleSeries } from './alert.js';
import { burnExpression, BURNS, OBJECTIVES } from './objectives.js';
import { HOUR, MINUTE, realTime } from './time-scale.js';

/** Constant traffic, of which a share is bad, in so many values. */
function traffic(slo: string, badOf100: number, values: number): SampleSeries {
  const histogram = (name: string, labels: string, le: string): SampleSeries => ({
    [`${name}_count{${labels}}`]: `0+100x${values}`,
    [`${name}_bucket{${labels}${labels && ','}le="${le}"}`]: `0+${100 - badOf100}x${values}`,
  });
  switch (slo) {
    case 'commands': {
      const labels = 'method="POST",route="/v1/orders",status="201"';
      return histogram('orderstream_http_request_seconds', labels, '0.05');
    }
    case 'webhooks':
      return histogram('orderstream_webhook_latency_seconds', '', '0.5');
    case 'confirmations':
      return histogram('orderstream_order_confirmation_seconds', '', '10');
    default:
      // Of time, not of events: late all the time, or now and then.
      return {
        'orderstream_projection_age_seconds{projection="orders"}':
          badOf100 > 2 ? `99x${values}` : `1x${values}`,
      };
  }
}

/** The alerts of the objectives: how fast a budget burns. */
export const BURN_ALERTS: readonly AlertRule[] = OBJECTIVES.flatMap((objective) =>
  BURNS.map((burn): AlertRule => {
    const atLimit = burn.factor * (1 - objective.target) * 100;
    const minutes = burn.long / 60 + 20;
    const everyMinutes = burn.long > HOUR ? 10 : 1;
    const values = minutes / everyMinutes;
    return {
      name: objective.alert.name,
      severity: burn.severity,
      window: realTime(burn.long),
      expression: (time) => burnExpression(objective, burn, time),
      for: 2 * MINUTE,
      summary: `${objective.alert.summary}: {{ $value | humanizePercentage }} of the last ${realTime(burn.long)} was not as promised`,
      example: {
        minutes,
        everyMinutes,
        fires: traffic(objective.slo, Math.min(100, Math.ceil(atLimit * 1.2 + 1)), values),
        quiet: objective.events
          ? traffic(objective.slo, Math.floor(atLimit * 0.8), values)
          : traffic(objective.slo, 0, values),
      },
    };
  }),
);
