import { useNavigate, useSearch } from '@tanstack/react-router';
import { api } from '../../api/client';
import { type Column, DataTable } from '../../parts/data-table';
import { GoTo } from '../../parts/go-to';
import { PageHeader } from '../../parts/page-header';
import { Pager } from '../../parts/pager';
import { StatusBadge } from '../../parts/status-badge';
import { TenantLink } from '../../parts/tenant-link';
import { TimeText } from '../../parts/time-text';
import { isLow, type StockItem } from './stock-item';

const COLUMNS: readonly Column<StockItem>[] = [
  {
    header: 'SKU',
    cell: ({ sku }) => <TenantLink to={`/stock/${encodeURIComponent(sku)}`}>{sku}</TenantLink>,
  },
  { header: 'On hand', cell: ({ onHand }) => onHand, isNumber: true },
  { header: 'Reserved', cell: ({ reserved }) => reserved, isNumber: true },
  { header: 'Available', cell: ({ available }) => available, isNumber: true },
  { header: 'Low at', cell: ({ lowAt }) => lowAt, isNumber: true },
  { header: 'State', cell: (item) => isLow(item) && <StatusBadge status="low" /> },
  { header: 'Changed', cell: ({ updatedAt }) => <TimeText at={updatedAt} /> },
];

export function StockPage() {
  const { pageToken } = useSearch({ from: '/stock' });
  const navigate = useNavigate();
  const { data, error } = api.useQuery(
    'get',
    '/v1/stock',
    { params: { query: { pageToken } as never } },
    { refetchInterval: 5_000 },
  );
  return (
    <>
      <PageHeader title="Stock" description="What is in the warehouse, by SKU." />
      <GoTo label="SKU" go={(sku) => void navigate({ to: '/stock/$sku', params: { sku } })} />
      <DataTable
        label="Stock"
        columns={COLUMNS}
        rows={data?.items}
        rowKey={({ sku }) => sku}
        error={error}
        empty="No article has stock yet. Open one by its SKU to receive goods."
      />
      <Pager nextPageToken={data?.nextPageToken} />
    </>
  );
}
