import { type Column, DataTable } from '../../parts/data-table';
import { moneyText } from '../../parts/money';
import { countText, pluralText } from '../../parts/numbers';
import { TenantLink } from '../../parts/tenant-link';
import type { Order } from './order';

type Items = Pick<Order, 'items' | 'currency'>;
type Line = Order['items'][number] & { readonly place: number };

/** More lines than this would push the story off the screen. */
const MOST_OPEN = 5;

const columnsOf = (currency: string): readonly Column<Line>[] => [
  {
    header: 'SKU',
    cell: ({ sku }) => <TenantLink to={`/stock/${encodeURIComponent(sku)}`}>{sku}</TenantLink>,
  },
  { header: 'Quantity', cell: ({ quantity }) => countText(quantity), isNumber: true },
  { header: 'Unit price', cell: ({ unitPrice }) => moneyText(unitPrice, currency), isNumber: true },
  {
    header: 'Sum',
    cell: ({ quantity, unitPrice }) => moneyText(quantity * unitPrice, currency),
    isNumber: true,
  },
];

/** What was ordered, line by line. */
export function OrderItems({ items, currency }: Items) {
  const units = items.reduce((sum, { quantity }) => sum + quantity, 0);
  return (
    <details open={items.length <= MOST_OPEN} className="order-items">
      <summary>
        {pluralText(items.length, 'line')}, {pluralText(units, 'unit')}
      </summary>
      <DataTable
        label="Items of the order"
        columns={columnsOf(currency)}
        rows={items.map((item, place) => ({ ...item, place }))}
        rowKey={({ place }) => `${place}`}
        empty="None."
      />
    </details>
  );
}
