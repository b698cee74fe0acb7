import { Drawer, Text } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import type { Item } from '../../api/answer';
import { api } from '../../api/client';
import { type Column, DataTable } from '../../parts/data-table';
import { useScope } from '../../app/session';
import { ChoiceFilter, FilterBar, TextFilter, useFilters } from '../../parts/filters';
import { PageHeader } from '../../parts/page-header';
import { Pager } from '../../parts/pager';
import { StatusBadge } from '../../parts/status-badge';
import { TenantLink } from '../../parts/tenant-link';
import { TimeText } from '../../parts/time-text';
import { MailFacts } from './mail-facts';

/** Its tenant is known where those of all tenants are listed. */
type Mail = Item<'/v1/notifications'> & Partial<Pick<Item<'/v1/operations/notifications'>, 'tenant'>>;

const COLUMNS: readonly Column<Mail>[] = [
  { header: 'Sent', cell: ({ sentAt }) => <TimeText at={sentAt} /> },
  { header: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
  { header: 'Template', cell: ({ template }) => template },
  { header: 'To', cell: ({ to }) => to },
  {
    header: 'Subject',
    cell: ({ subject, notificationId, tenant }) => (
      <TenantLink to="/mails" tenant={tenant} search={{ mail: notificationId }} isText isHere>
        {subject}
      </TenantLink>
    ),
  },
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

const TENANT: Column<Mail> = { header: 'Tenant', cell: ({ tenant }) => tenant };

function About({ orderId, cartId, tenant }: Mail) {
  if (orderId !== undefined)
    return (
      <TenantLink to={`/orders/${orderId}`} tenant={tenant} isText>
        Order
      </TenantLink>
    );
  if (cartId === undefined) return null;
  return (
    <TenantLink to="/carts" tenant={tenant} search={{ cartId }} isText>
      Cart
    </TenantLink>
  );
}

export function MailsPage() {
  const [, change] = useFilters();
  const { orderId, cartId, status, tenant, pageToken, mail } = useSearch({ from: '/mails' });
  // The mails of one order or cart are its tenant's.
  const isAcross = useScope('operator') && orderId === undefined && cartId === undefined;
  const [path, query] = isAcross
    ? (['/v1/operations/notifications', { status, tenant, pageToken }] as const)
    : (['/v1/notifications', { orderId, cartId, pageToken }] as const);
  const { data, error } = api.useQuery('get', path, { params: { query: query as never } });
  const items: readonly Mail[] | undefined = data?.items;
  return (
    <>
      <PageHeader
        title="Mails"
        description="Mails to customers, newest first: whether the mail server took them."
      />
      <FilterBar names={['orderId', 'cartId', 'status', 'tenant']}>
        <TextFilter name="orderId" label="Order id" />
        <TextFilter name="cartId" label="Cart id" />
        {isAcross && (
          <>
            <ChoiceFilter name="status" label="Status" choices={['sent', 'failed']} />
            <TextFilter name="tenant" label="Tenant" placeholder="All" />
          </>
        )}
      </FilterBar>
      <DataTable
        label="Mails"
        columns={isAcross ? [...COLUMNS.slice(0, 2), TENANT, ...COLUMNS.slice(2)] : COLUMNS}
        rows={items}
        rowKey={({ notificationId }) => notificationId}
        error={error}
        empty="No mail matches. Customers with an e-mail address get them."
      />
      <Pager nextPageToken={data?.nextPageToken} />
      <Drawer
        opened={mail !== undefined}
        onClose={() => change({ mail: undefined, pageToken })}
        position="right"
        size="lg"
        title="One mail"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {mail !== undefined && <MailFacts notificationId={mail} />}
      </Drawer>
    </>
  );
}
