import { Anchor } from '@mantine/core';
import { Link, useSearch } from '@tanstack/react-router';
import { api } from '../../api/client';
import { type Column, DataTable } from '../../parts/data-table';
import { ChoiceFilter, FilterBar, TextFilter, TimeFilter } from '../../parts/filters';
import { moneyText } from '../../parts/money';
import { PageHeader } from '../../parts/page-header';
import { Pager } from '../../parts/pager';
import { StatusBadge } from '../../parts/status-badge';
import { TimeText } from '../../parts/time-text';
import { type Order, type OrderFilters, ORDER_STATUSES } from './order';

const COLUMNS: readonly Column<Order>[] = [
  {
    header: 'Order',
    cell: ({ orderId }) => (
      <Anchor component={Link} to={`/orders/${orderId}`} ff="monospace" size="sm" className="nowrap">
        {orderId}
      </Anchor>
    ),
  },
  { header: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
  { header: 'Customer', cell: ({ customer }) => customer.id },
  { header: 'Items', cell: ({ items }) => items.length, isNumber: true },
  { header: 'Total', cell: ({ total, currency }) => moneyText(total, currency), isNumber: true },
  { header: 'Created', cell: ({ createdAt }) => <TimeText at={createdAt} /> },
];

export function OrdersPage() {
  const { tenant: _, ...query } = useSearch({ from: '/orders' });
  const { data, error } = api.useQuery('get', '/v1/orders', { params: { query: query as OrderFilters } });
  return (
    <>
      <PageHeader title="Orders" description="Newest first. Open one to see its story." />
      <FilterBar names={['status', 'customerId', 'createdFrom', 'createdTo']}>
        <ChoiceFilter name="status" label="Status" choices={ORDER_STATUSES} />
        <TextFilter name="customerId" label="Customer id" />
        <TimeFilter name="createdFrom" label="Created from" />
        <TimeFilter name="createdTo" label="Created before" />
      </FilterBar>
      <DataTable
        label="Orders"
        columns={COLUMNS}
        rows={data?.items}
        rowKey={({ orderId }) => orderId}
        error={error}
        empty={Object.keys(query).length > 0 ? 'No order matches.' : 'There is no order yet.'}
      />
      <Pager nextPageToken={data?.nextPageToken} />
    </>
  );
}
