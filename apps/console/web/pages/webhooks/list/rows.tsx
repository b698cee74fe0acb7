import { Text } from '@mantine/core';
import { shortId } from '../../../parts/identifier';
import { countText, percentText } from '../../../parts/numbers';
import { Sparkline } from '../../../parts/sparkline';
import { TenantLink } from '../../../parts/tenant-link';
import { ageText, durationText } from '../../../parts/time-text';
import type { Metrics } from '../subscription';

/** Leads to a webhook's page, of another tenant if one is named. */
export function WebhookLink({ id, tenant }: { readonly id: string; readonly tenant?: string }) {
  return (
    <TenantLink to={`/webhooks/${id}`} tenant={tenant}>
      {shortId(id)}
    </TenantLink>
  );
}

/** Where events go: the customer's text, never a link. */
export function AddressText({ url }: { readonly url: string }) {
  return (
    <Text span size="sm" title={url} maw={240} truncate display="block">
      {url}
    </Text>
  );
}

const SHOWN_TYPES = 2;

export function EventTypeList({ types }: { readonly types: readonly string[] }) {
  const more = types.length - SHOWN_TYPES;
  return (
    <Text span size="sm" className="nowrap" title={types.join(', ')}>
      {types.slice(0, SHOWN_TYPES).join(', ')}
      {more > 0 && ` and ${more} more`}
    </Text>
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

export function AttemptSparkline({ buckets }: { readonly buckets: Metrics['buckets'] }) {
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

/** How long the oldest delivery has been waiting. */
export const OldestText = ({ oldest }: { readonly oldest: string | undefined }) => (
  <span className="nowrap">{oldest === undefined ? '–' : ageText(oldest)}</span>
);
