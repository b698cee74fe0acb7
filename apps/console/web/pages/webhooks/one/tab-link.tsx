import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

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
  readonly children: ReactNode;
}

/** Leads to what was sent of an event. */
export function DeliveryLink({ id, eventId, children }: DeliveryLinkProps) {
  return (
    <Anchor
      component={Link}
      to={`/webhooks/${id}/deliveries/${eventId}`}
      size="sm"
      ff="monospace"
      title={eventId}
    >
      {children}
    </Anchor>
  );
}
