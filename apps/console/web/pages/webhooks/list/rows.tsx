import { Anchor, Badge, Group, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { shortId } from '../../../parts/identifier';
import { countText, percentText } from '../../../parts/numbers';
import { Sparkline } from '../../../parts/sparkline';
import { ageText, durationText } from '../../../parts/time-text';
import type { Bucket } from '../awaited';

/** Leads to a webhook's page, of another tenant if one is named. */
export function WebhookLink({ id, tenant }: { readonly id: string; readonly tenant?: string }) {
  return (
    <Anchor
      component={Link}
      to={`/webhooks/${id}`}
      {...(tenant !== undefined && { search: { tenant } as never })}
      ff="monospace"
      size="sm"
      title={id}
    >
      {shortId(id)}
    </Anchor>
  );
}

/** Where events go: the customer's text, never a link. */
export function AddressText({ url }: { readonly url: string }) {
  return (
    <Text span size="sm" title={url} maw={320} truncate display="block">
      {url}
    </Text>
  );
}

const SHOWN_TYPES = 2;

export function EventTypeList({ types }: { readonly types: readonly string[] }) {
  const more = types.length - SHOWN_TYPES;
  return (
    <Group gap={4} wrap="nowrap" title={types.join(', ')}>
      {types.slice(0, SHOWN_TYPES).map((type) => (
        <Badge key={type} variant="default" tt="none" radius="sm" fw={400}>
          {type}
        </Badge>
      ))}
      {more > 0 && (
        <Text span size="xs" c="dimmed">
          +{more}
        </Text>
      )}
    </Group>
  );
}

interface Rated {
  readonly successRate?: number | null;
  readonly latencyMs?: { readonly p95: number } | null;
}

export const successText = ({ successRate }: Rated): string =>
  successRate === undefined || successRate === null ? '–' : percentText(successRate);

export const latencyText = ({ latencyMs }: Rated): string =>
  latencyMs === undefined || latencyMs === null ? '–' : durationText(latencyMs.p95);

export function AttemptSparkline({ buckets }: { readonly buckets: readonly Bucket[] }) {
  const failed = buckets.map((bucket) => bucket.failed);
  const all = buckets.map((bucket) => bucket.delivered + bucket.failed);
  const sum = (counts: readonly number[]) => countText(counts.reduce((total, count) => total + count, 0));
  return <Sparkline label={`${sum(all)} attempts, ${sum(failed)} failed`} values={all} bad={failed} />;
}

/** A number that wants somebody's attention unless it is 0. */
export function TroubleCount({ count }: { readonly count: number }) {
  return (
    <Text span size="sm" fw={count > 0 ? 700 : 400} {...(count === 0 && { c: 'dimmed' })}>
      {countText(count)}
    </Text>
  );
}

export const waitingText = (oldest: string | undefined): string =>
  oldest === undefined ? '–' : ageText(oldest);
