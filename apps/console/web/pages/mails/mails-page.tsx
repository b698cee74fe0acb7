import { Text } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import type { Item, Query } from '../../api/answer';
import { api } from '../../api/client';
import { type Column, DataTable } from '../../parts/data-table';
import { FilterBar, TextFilter } from '../../parts/filters';
import { PageHeader } from '../../parts/page-header';
import { Pager } from '../../parts/pager';
import { StatusBadge } from '../../parts/status-badge';
import { TenantLink } from '../../parts/tenant-link';
import { TimeText } from '../../parts/time-text';

type Mail = Item<'/v1/notifications'>;

const COLUMNS: readonly Column<Mail>[] = [
  { header: 'Sent', cell: ({ sentAt }) => <TimeText at={sentAt} /> },
  { header: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
  { header: 'Template', cell: ({ template }) => template },
  { header: 'To', cell: ({ to }) => to },
  { header: 'Subject', cell: ({ subject }) => subject },
  { header: 'About', cell: (mail) => <About {...mail} /> },
  {
    header: 'Error',
    cell: ({ error }) => (
      <Text size="sm" className="breaks">
        {error}
      </Text>
    ),
  },
];

function About({ orderId, cartId }: Pick<Mail, 'orderId' | 'cartId'>) {
  if (orderId !== undefined)
    return (
      <TenantLink to={`/orders/${orderId}`} isText>
        Order
      </TenantLink>
    );
  if (cartId === undefined) return null;
  return (
    <TenantLink to="/carts" search={{ cartId }} isText>
      Cart
    </TenantLink>
  );
}

export function MailsPage() {
  const { orderId, cartId, pageToken } = useSearch({ from: '/mails' });
  const query: Query<'/v1/notifications'> = { orderId, cartId, pageToken };
  const { data, error } = api.useQuery('get', '/v1/notifications', { params: { query } });
  return (
    <>
      <PageHeader
        title="Mails"
        description="Mails to customers, newest first: whether the mail server took them."
      />
      <FilterBar names={['orderId', 'cartId']}>
        <TextFilter name="orderId" label="Order id" />
        <TextFilter name="cartId" label="Cart id" />
      </FilterBar>
      <DataTable
        label="Mails"
        columns={COLUMNS}
        rows={data?.items}
        rowKey={({ notificationId }) => notificationId}
        error={error}
        empty="No mail matches. Customers with an e-mail address get them."
      />
      <Pager nextPageToken={data?.nextPageToken} />
    </>
  );
}
