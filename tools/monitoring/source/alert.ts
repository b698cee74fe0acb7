import type { Time } from './time-scale.js';

/** `page` wakes somebody up; a `ticket` waits for the morning. */
export type Severity = 'page' | 'ticket';

/** Series by their selector, in promtool's notation. */
export type SampleSeries = Readonly<Record<string, string>>;

/** One rule. Several may have the name of one alert, with different severities. */
export interface AlertRule {
  /** Names the runbook, too: `KafkaAway` has `docs/runbooks/kafka-away.md`. */
  readonly name: string;
  readonly severity: Severity;
  /** The window of a burning budget, which tells rules of one severity apart. */
  readonly window?: string;
  readonly expression: (time: Time) => string;
  /** Seconds that it must hold. */
  readonly for: number;
  /** What a customer sees. May use the labels of the alert. */
  readonly summary: string;
  /** Series with which it fires after `minutes`, and others that are just not bad enough. */
  readonly example: {
    readonly minutes: number;
    /** Minutes between two values; one by default. */
    readonly everyMinutes?: number;
    readonly fires: SampleSeries;
    readonly quiet: SampleSeries;
  };
}

/** `KafkaAway` → `kafka-away`. */
export const runbookOf = (name: string): string => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
