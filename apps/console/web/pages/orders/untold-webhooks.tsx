import { Anchor, List, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { api } from '../../api/client';
import { shortId } from '../../parts/identifier';
import { hostOf } from '../webhooks/subscription';

const MOST = 20;

interface UntoldWebhooksProps {
  readonly eventId: string;
  /** Those that something was sent to. */
  readonly told: readonly string[];
}

/** The tenant's webhooks that nothing of an event was sent to, each with the way to the reason. */
export function UntoldWebhooks({ eventId, told }: UntoldWebhooksProps) {
  const { data } = api.useQuery('get', '/v1/webhook-subscriptions', {
    params: { query: { limit: MOST } },
  });
  if (!data) return null;
  const untold = data.items.filter(({ subscriptionId }) => !told.includes(subscriptionId));
  if (untold.length === 0)
    return told.length === 0 ? (
      <Text size="sm" c="dimmed">
        There is no webhook.
      </Text>
    ) : null;
  return (
    <>
      <Text size="sm" c="dimmed">
        No attempt is known for:
      </Text>
      <List size="sm" listStyleType="none">
        {untold.map(({ subscriptionId: id, callbackUrl }) => (
          <List.Item key={id}>
            {hostOf(callbackUrl)} ({shortId(id)}):{' '}
            <Anchor
              component={Link}
              to={`/webhooks/${id}`}
              search={{ tab: 'explain', eventId } as never}
              size="sm"
              aria-label={`Explain for ${hostOf(callbackUrl)}, ${shortId(id)}`}
            >
              Explain
            </Anchor>
          </List.Item>
        ))}
        {data.nextPageToken !== undefined && (
          <List.Item>
            <Anchor component={Link} to="/webhooks" size="sm">
              and others
            </Anchor>
          </List.Item>
        )}
      </List>
    </>
  );
}
