import { Badge } from '@mantine/core';

type Tone = 'good' | 'waiting' | 'bad' | 'over' | 'plain';

const COLOURS: Record<Tone, string> = {
  good: 'green',
  waiting: 'yellow',
  bad: 'red',
  over: 'gray',
  plain: 'teal',
};

const TONES: Readonly<Record<string, Tone>> = {
  // deliveries and explanations
  delivered: 'good',
  retrying: 'waiting',
  pending: 'waiting',
  blocked: 'bad',
  parked: 'bad',
  'dead-letter': 'bad',
  skipped: 'over',
  filtered: 'over',
  'not-subscribed': 'over',
  'before-start': 'over',
  // subscriptions
  active: 'good',
  paused: 'waiting',
  disabled: 'bad',
  failing: 'bad',
  healthy: 'good',
  idle: 'over',
  // orders
  created: 'plain',
  confirmed: 'plain',
  shipped: 'plain',
  completed: 'good',
  cancelled: 'over',
  // payments and mails
  captured: 'good',
  authorized: 'plain',
  'in-review': 'waiting',
  voided: 'over',
  refunded: 'over',
  'partially-refunded': 'plain',
  failed: 'bad',
  sent: 'good',
  // processes and jobs
  running: 'plain',
  waiting: 'waiting',
  stuck: 'bad',
  compensated: 'over',
  stopped: 'bad',
  live: 'good',
  up: 'good',
  down: 'bad',
  rebuilding: 'waiting',
  low: 'waiting',
  equal: 'good',
  different: 'bad',
  succeeded: 'good',
  refused: 'waiting',
  unknown: 'waiting',
  // carts and keys
  open: 'plain',
  'checked-out': 'good',
  abandoned: 'over',
  expired: 'over',
  revoked: 'bad',
  // records of the log
  event: 'plain',
  unreadable: 'bad',
  foreign: 'waiting',
  fence: 'over',
  control: 'over',
  // connections
  connecting: 'waiting',
  reconnecting: 'waiting',
  closed: 'bad',
  valid: 'good',
  replaced: 'waiting',
};

/** A status by its own word, so that the colour only helps. */
export function StatusBadge({ status }: { readonly status: string }) {
  return (
    <Badge variant="light" color={COLOURS[TONES[status] ?? 'plain']} tt="none" radius="sm" miw="max-content">
      {status}
    </Badge>
  );
}
