import { Stack, Text, Title } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { api } from '../../api/client';
import type { Answer } from '../../api/answer';
import { type Column, DataTable } from '../../parts/data-table';
import { Facts } from '../../parts/facts';
import { FilterBar, TextFilter } from '../../parts/filters';
import { moneyText } from '../../parts/money';
import { PageHeader } from '../../parts/page-header';
import { ProblemNotice } from '../../parts/problem-notice';
import { StatusBadge } from '../../parts/status-badge';
import { TenantLink } from '../../parts/tenant-link';
import { TimeText } from '../../parts/time-text';

type Cart = Answer<'/v1/carts/{cartId}'>;

export function CartsPage() {
  const { cartId } = useSearch({ from: '/carts' });
  return (
    <>
      <PageHeader title="Carts" description="A cart is found by its id." />
      <FilterBar names={['cartId']}>
        <TextFilter name="cartId" label="Cart id" />
      </FilterBar>
      {cartId === undefined ? <Text c="dimmed">Type the id of a cart.</Text> : <FoundCart cartId={cartId} />}
    </>
  );
}

function FoundCart({ cartId }: { readonly cartId: string }) {
  const { data: cart, error } = api.useQuery(
    'get',
    '/v1/carts/{cartId}',
    { params: { path: { cartId } } },
    { refetchInterval: 5_000 },
  );
  if (error) return <ProblemNotice error={error} />;
  return cart ? <CartContent cart={cart} /> : null;
}

const itemColumns = (currency: string): readonly Column<Cart['items'][number]>[] => [
  {
    header: 'SKU',
    cell: ({ sku }) => <TenantLink to={`/stock/${encodeURIComponent(sku)}`}>{sku}</TenantLink>,
  },
  { header: 'Quantity', cell: ({ quantity }) => quantity, isNumber: true },
  { header: 'Price', cell: ({ unitPrice }) => moneyText(unitPrice, currency), isNumber: true },
  {
    header: 'Sum',
    cell: ({ unitPrice, quantity }) => moneyText(unitPrice * quantity, currency),
    isNumber: true,
  },
];

function CartContent({ cart }: { readonly cart: Cart }) {
  const { status, customer, currency, items, total, orderId, createdAt, updatedAt, version } = cart;
  return (
    <Stack gap="lg">
      <Facts
        items={{
          Cart: cart.cartId,
          Status: <StatusBadge status={status} />,
          Customer: customer.id,
          Name: customer.name,
          'E-mail': customer.email,
          Total: moneyText(total, currency),
          Order:
            orderId === undefined ? undefined : <TenantLink to={`/orders/${orderId}`}>{orderId}</TenantLink>,
          Mails: (
            <TenantLink to="/mails" search={{ cartId: cart.cartId }} isText>
              Mails about this cart
            </TenantLink>
          ),
          Created: <TimeText at={createdAt} />,
          Changed: <TimeText at={updatedAt} />,
          Events: version,
        }}
      />
      <section>
        <Title order={2} size="h5" mb="xs">
          Items
        </Title>
        <DataTable
          label="Items"
          columns={itemColumns(currency)}
          rows={items}
          rowKey={({ sku }) => sku}
          empty="The cart is empty."
        />
      </section>
    </Stack>
  );
}
