import { Anchor, Text } from '@mantine/core';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useScope } from '../../app/session';
import { api } from '../../api/client';
import { Identifier } from '../../parts/identifier';
import { PageHeader } from '../../parts/page-header';
import { Pager } from '../../parts/pager';
import { ProblemNotice } from '../../parts/problem-notice';
import { StatusBadge } from '../../parts/status-badge';
import { DeliveryActs } from './deliveries/delivery-acts';
import { DeliveryCard } from './deliveries/delivery-card';
import { ExplainLink } from './one/tab-link';

/** All that was sent of one event to one webhook: once, and by each replay. */
export function DeliveryPage() {
  const params = useParams({ from: '/webhooks/$subscriptionId/deliveries/$eventId' });
  const { subscriptionId: id, eventId } = params;
  const { pageToken } = useSearch({ from: '/webhooks/$subscriptionId/deliveries/$eventId' });
  const { data, error } = api.useQuery(
    'get',
    '/v1/webhook-subscriptions/{subscriptionId}/deliveries/{eventId}',
    { params: { path: params, query: { ...(pageToken !== undefined && { pageToken }) } } },
    { refetchInterval: 2_000 },
  );
  const mayAct = useScope('webhooks:write');
  const first = data?.items[0];
  return (
    <>
      <PageHeader
        title={first === undefined ? 'Delivery' : `Delivery of ${first.eventType}`}
        mark={first && <StatusBadge status={first.status} />}
        description={<Identifier value={eventId} label="event id" />}
      >
        {mayAct && (
          <DeliveryActs
            subscriptionId={id}
            eventId={eventId}
            isDeadLetter={data?.items.some(({ status }) => status === 'dead-letter') ?? false}
          />
        )}
      </PageHeader>
      <Text mb="md" component="nav" aria-label="Related pages">
        <Anchor component={Link} to={`/webhooks/${id}`} size="sm">
          The webhook
        </Anchor>
        {' · '}
        <ExplainLink id={id} eventId={eventId}>
          Explain
        </ExplainLink>
        <StoryLink position={first?.position} streamId={first?.streamId} />
      </Text>
      <ProblemNotice error={error} />
      {data?.items.map((delivery) => (
        <DeliveryCard key={delivery.replayId ?? ''} delivery={delivery} />
      ))}
      <Pager nextPageToken={data?.nextPageToken} />
      {data?.items.length === 0 && (
        <Text c="dimmed">
          The log of deliveries has nothing of it: it was never sent here, or too long ago. Explain tells
          which.
        </Text>
      )}
    </>
  );
}

interface StoryLinkProps {
  readonly position: string | undefined;
  readonly streamId: string | undefined;
}

/** An event of an order leads to its story, for those who may see it. */
function StoryLink({ position, streamId }: StoryLinkProps) {
  const mayRead = useScope('events:read');
  if (!mayRead || streamId === undefined || !position?.startsWith('orders/')) return null;
  return (
    <>
      {' · '}
      <Anchor component={Link} to={`/orders/${streamId.replace(/^order-/, '')}`} size="sm">
        The order’s story
      </Anchor>
    </>
  );
}
