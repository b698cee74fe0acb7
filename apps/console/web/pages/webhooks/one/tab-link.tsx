import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { shortId } from '../../../parts/identifier';

interface TabLinkProps {
  readonly id: string;
  readonly tab: string;
  /** Filters of that tab. */
  readonly filters?: Readonly<Record<string, string>>;
  readonly children: ReactNode;
}

/** Leads to a tab of a webhook's page. */
export function TabLink({ id, tab, filters, children }: TabLinkProps) {
  return (
    <Anchor component={Link} to={`/webhooks/${id}`} search={{ tab, ...filters } as never} size="sm">
      {children}
    </Anchor>
  );
}

interface DeliveryLinkProps {
  readonly id: string;
  readonly eventId: string;
  /** The event's id without it. */
  readonly children?: ReactNode;
}

/** Leads to what was sent of an event. */
export function DeliveryLink({ id, eventId, children }: DeliveryLinkProps) {
  return (
    <Anchor
      component={Link}
      to={`/webhooks/${id}/deliveries/${eventId}`}
      size="sm"
      title={eventId}
      {...(children === undefined && { ff: 'monospace', className: 'id' })}
    >
      {children ?? shortId(eventId)}
    </Anchor>
  );
}

/** Leads to why a webhook got an event, or did not. */
export function ExplainLink({ id, eventId, children }: DeliveryLinkProps) {
  return (
    <TabLink id={id} tab="explain" filters={{ eventId }}>
      {children ?? <span className="id">{shortId(eventId)}</span>}
    </TabLink>
  );
}
