import type { Session } from '../api/session';

/** A page in the navigation, and the scope that it needs. */
interface Destination {
  readonly label: string;
  readonly to: string;
  readonly scope: string;
}

export interface NavigationGroup {
  readonly label: string;
  readonly destinations: readonly Destination[];
}

const GROUPS: readonly NavigationGroup[] = [
  { label: 'System', destinations: [{ label: 'Overview', to: '/overview', scope: 'operator' }] },
  {
    label: 'Business',
    destinations: [
      { label: 'Orders', to: '/orders', scope: 'orders:read' },
      { label: 'Payments', to: '/payments', scope: 'payments:read' },
      { label: 'Stock', to: '/stock', scope: 'stock:read' },
      { label: 'Carts', to: '/carts', scope: 'carts:write' },
      { label: 'Mails', to: '/mails', scope: 'orders:read' },
    ],
  },
  {
    label: 'Delivery',
    destinations: [
      { label: 'Webhooks', to: '/webhooks', scope: 'webhooks:read' },
      { label: 'Event types', to: '/event-types', scope: 'webhooks:read' },
      { label: 'Dead letters', to: '/dead-letters', scope: 'operator' },
    ],
  },
  {
    label: 'Engine',
    destinations: [
      { label: 'Processes', to: '/processes', scope: 'orders:read' },
      { label: 'Projections', to: '/projections', scope: 'operator' },
      { label: 'Log', to: '/log', scope: 'operator' },
      { label: 'Schemas', to: '/schemas', scope: 'operator' },
    ],
  },
  {
    label: 'Security',
    destinations: [
      { label: 'Access', to: '/access', scope: 'operator' },
      { label: 'Audit', to: '/audit', scope: 'operator' },
    ],
  },
];

/** Only what this session may open. */
export const navigationOf = ({ scopes }: Session): NavigationGroup[] =>
  GROUPS.map(({ label, destinations }) => ({
    label,
    destinations: destinations.filter(({ scope }) => scopes.includes(scope)),
  })).filter(({ destinations }) => destinations.length > 0);

/** Where a session begins. */
export function homeOf(session: Session): string {
  if (session.subscriptionId !== undefined) return `/webhooks/${session.subscriptionId}`;
  return navigationOf(session)[0]?.destinations[0]?.to ?? '/nothing';
}
