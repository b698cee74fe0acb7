import type { AlertRule } from './alert.js';
import { DAY, HOUR, MINUTE } from './time-scale.js';

const ready = (part: string, value: number) => ({
  [`orderstream_part_ready{part="${part}"}`]: `${value}x20`,
});
const EXPIRY = 'orderstream_certificate_expiry_timestamp_seconds';
const FOREIGN = 'orderstream_log_foreign_records_total';
const RESTARTS = 'orderstream_group_restarts_total';
const AVAILABLE = 'node_filesystem_avail_bytes';
const SIZE = 'node_filesystem_size_bytes';
const free = `${AVAILABLE} / ${SIZE}`;
const DATA = '{mountpoint="/data"}';
const disk = (available: string, minutes: number) => ({
  [`${AVAILABLE}${DATA}`]: `${available}x${minutes}`,
  [`${SIZE}${DATA}`]: `100x${minutes}`,
});

/** Processes, and what they depend on. */
export const DEPENDENCY_ALERTS: readonly AlertRule[] = [
  {
    name: 'TargetDown',
    severity: 'page',
    expression: () => 'up == 0',
    for: 2 * MINUTE,
    summary:
      '{{ $labels.app }}{{ $labels.job }} at {{ $labels.instance }} does not answer: what only it does stands still',
    example: {
      minutes: 5,
      fires: { 'up{job="orderstream"}': '0x20' },
      quiet: { 'up{job="orderstream"}': '0 1x20' },
    },
  },
  {
    name: 'KafkaAway',
    severity: 'page',
    expression: () => 'min(orderstream_part_ready{part="kafka"}) == 0',
    for: MINUTE,
    summary: 'Commands get 503, and nothing is delivered: Kafka does not answer',
    example: { minutes: 5, fires: ready('kafka', 0), quiet: ready('kafka', 1) },
  },
  {
    name: 'DatabaseAway',
    severity: 'page',
    expression: () => 'min(orderstream_part_ready{part="database"}) == 0',
    for: MINUTE,
    summary: 'Queries get 503, and nothing is delivered: Postgres does not answer',
    example: { minutes: 5, fires: ready('database', 0), quiet: ready('database', 1) },
  },
  {
    name: 'PartNotReady',
    severity: 'page',
    expression: () => 'min by (part) (orderstream_part_ready{part!~"kafka|database"}) == 0',
    for: 5 * MINUTE,
    summary:
      '{{ $labels.part }} is not ready: of a -writer, some commands get 503; of others, what they do stands still',
    example: { minutes: 8, fires: ready('orders-writer', 0), quiet: ready('kafka', 0) },
  },
  {
    name: 'LogDiffers',
    severity: 'page',
    expression: () =>
      'max(orderstream_log_differences{level="fail"}) > 0 or max(orderstream_log_obstacles) > 0',
    for: 2 * MINUTE,
    summary:
      'Topics, partitions or records are not what was deployed: readers and commands of some partitions wait',
    example: {
      minutes: 5,
      fires: { 'orderstream_log_differences{level="fail"}': '1x20' },
      quiet: { 'orderstream_log_differences{level="warn"}': '1x20', orderstream_log_obstacles: '0x20' },
    },
  },
  {
    name: 'ForeignRecords',
    severity: 'ticket',
    // Its series begins with the first record, which `increase` does not see.
    expression: (time) =>
      `sum by (topic) (increase(${FOREIGN}[${time(HOUR)}])) > 0 or sum by (topic) (${FOREIGN} unless ${FOREIGN} offset ${time(HOUR)}) > 0`,
    for: 0,
    summary:
      'Nobody sees it yet: somebody else appends to {{ $labels.topic }}, and those records are skipped',
    example: {
      minutes: 61,
      fires: { [`${FOREIGN}{topic="orders",partition="1"}`]: '_ _ 1x90' },
      quiet: { [`${FOREIGN}{topic="orders",partition="1"}`]: '4x90' },
    },
  },
  {
    name: 'GroupRestarts',
    severity: 'ticket',
    // A broker that was away for a minute costs several, and then no more.
    expression: (time) =>
      `sum by (group) (increase(${RESTARTS}[${time(HOUR)}])) > 5 and sum by (group) (increase(${RESTARTS}[${time(10 * MINUTE)}])) > 0`,
    for: 30 * MINUTE,
    summary: 'Nobody sees it yet: members of the group {{ $labels.group }} are replaced again and again',
    example: {
      minutes: 60,
      fires: { [`${RESTARTS}{group="g"}`]: '0+1x90' },
      quiet: { [`${RESTARTS}{group="g"}`]: '0x5 14x90' },
    },
  },
  {
    name: 'ProcessRestarts',
    severity: 'ticket',
    expression: (time) =>
      `changes(process_start_time_seconds{job="orderstream"}[${time(30 * MINUTE)}]) > 3 or increase(orderstream_unforeseen_errors_total[${time(30 * MINUTE)}]) > 0`,
    for: 0,
    summary: 'Some requests are cut off: {{ $labels.instance }} ends and is started anew',
    example: {
      minutes: 10,
      fires: { 'process_start_time_seconds{job="orderstream"}': '0+60x20' },
      quiet: {
        'process_start_time_seconds{job="orderstream"}': '1 1 2x20',
        orderstream_unforeseen_errors_total: '1x20',
      },
    },
  },
  {
    name: 'MemoryNearBound',
    severity: 'ticket',
    expression: () => 'process_resident_memory_bytes / (orderstream_memory_bound_bytes > 0) > 0.95',
    for: 15 * MINUTE,
    summary:
      'Requests may get 503: {{ $labels.instance }} uses {{ $value | humanizePercentage }} of MEMORY_MB',
    example: {
      minutes: 20,
      fires: { process_resident_memory_bytes: '96x30', orderstream_memory_bound_bytes: '100x30' },
      quiet: { process_resident_memory_bytes: '90x30', orderstream_memory_bound_bytes: '100x30' },
    },
  },
  ...(['page', 'ticket'] as const).map(
    (severity): AlertRule => ({
      name: 'CertificateEnds',
      severity,
      expression: () => `${EXPIRY} - time() < ${(severity === 'page' ? 2 : 14) * DAY}`,
      for: 10 * MINUTE,
      summary: 'Connections will fail: {{ $labels.file }} ends in {{ $value | humanizeDuration }}',
      example: {
        minutes: 15,
        fires: { [`${EXPIRY}{file="cert.pem"}`]: `${(severity === 'page' ? 1 : 13) * DAY}x20` },
        quiet: { [`${EXPIRY}{file="cert.pem"}`]: `${(severity === 'page' ? 3 : 15) * DAY}x20` },
      },
    }),
  ),
  {
    name: 'DiskNearlyFull',
    severity: 'page',
    expression: () => `${free} < 0.05`,
    for: 5 * MINUTE,
    summary:
      'Orders will be refused soon: {{ $labels.mountpoint }} has {{ $value | humanizePercentage }} left',
    example: { minutes: 10, fires: disk('4', 20), quiet: disk('6', 20) },
  },
  {
    name: 'DiskNearlyFull',
    severity: 'ticket',
    expression: (time) =>
      `${free} < 0.15 or (${free} < 0.4 and predict_linear(${AVAILABLE}[${time(6 * HOUR)}], ${DAY}) < 0)`,
    for: 30 * MINUTE,
    summary: 'Nobody sees it yet: {{ $labels.mountpoint }} will be full',
    example: { minutes: 120, fires: disk('39-0.1', 200), quiet: disk('20', 200) },
  },
];
