import { Text } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { api } from '../../api/client';
import { Problem } from '../../api/problem';
import { useScope } from '../../app/session';
import { Facts } from '../../parts/facts';
import { PageHeader } from '../../parts/page-header';
import { ProblemNotice } from '../../parts/problem-notice';
import { StatusBadge } from '../../parts/status-badge';
import { TimeText } from '../../parts/time-text';
import { StockActs } from './stock-acts';
import { isLow } from './stock-item';

export function StockItemPage() {
  const { sku } = useParams({ from: '/stock/$sku' });
  const mayAct = useScope('stock:write');
  const { data: item, error } = api.useQuery(
    'get',
    '/v1/stock/{sku}',
    { params: { path: { sku } } },
    { refetchInterval: 5_000 },
  );
  const isUnknown = error instanceof Problem && error.status === 404;
  return (
    <>
      <PageHeader
        title={sku}
        mark={item && isLow(item) && <StatusBadge status="low" />}
        description="Stock of an article"
      >
        {mayAct && (item ?? isUnknown) && <StockActs sku={sku} item={item} />}
      </PageHeader>
      {isUnknown ? (
        <Text c="dimmed">Nothing was ever received of this article.</Text>
      ) : (
        <ProblemNotice error={error} />
      )}
      {item && (
        <Facts
          items={{
            'On hand': item.onHand,
            Reserved: item.reserved,
            Available: item.available,
            'Low at': item.lowAt ?? 'no threshold',
            Created: <TimeText at={item.createdAt} />,
            Changed: <TimeText at={item.updatedAt} />,
            Events: item.version,
          }}
        />
      )}
    </>
  );
}
