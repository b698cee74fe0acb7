import { Group } from '@mantine/core';
import { useScope } from '../../app/session';
import { TenantLink } from '../../parts/tenant-link';
import type { Story } from './story';

/** Leads to what else there is of an order, where a person may act on it. */
export function RelatedPages({ story }: { readonly story: Story }) {
  const seesPayments = useScope('payments:read');
  const { orderId } = story.order;
  const has = (topic: string) => story.nodes.some((event) => event.topic === topic);
  return (
    <Group component="nav" aria-label="Related pages" gap="md">
      {has('processes') && (
        <TenantLink to={`/processes/${orderId}`} isText>
          Process
        </TenantLink>
      )}
      {has('payments') && seesPayments && (
        <TenantLink to={`/payments/${orderId}`} isText>
          Payment
        </TenantLink>
      )}
      {has('notifications') && (
        <TenantLink to="/mails" search={{ orderId }} isText>
          Mails
        </TenantLink>
      )}
    </Group>
  );
}
