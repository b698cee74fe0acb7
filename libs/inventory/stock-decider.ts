import { type Decider, fail, ok, type Rejection, type Result, unreachable } from '#libs/kernel';
import { reservedFor, withoutReservation, withReservation } from './reservations.js';
import { availableOf, type StockItem } from './stock.js';
import type { AdjustStock, ReceiveStock, ReserveStock, StockCommand } from './stock-commands.js';
import type { StockEvent } from './stock-events.js';

export type StockRejection = Rejection<
  | 'stock-quantity-invalid'
  | 'stock-quantity-too-large'
  | 'stock-below-zero'
  | 'stock-already-reserved'
  | 'stock-not-reserved'
>;

type Decision = Result<readonly StockEvent[], StockRejection>;

/**
 * How units move. `available` is on hand − reserved:
 *
 *   receipt ──► available ──reserve──► reserved ──ship──► gone
 *   adjustment ◄──► │ ◄────release────────┘
 */
export const stockDecider: Decider<StockItem, StockCommand, StockEvent, StockRejection> = {
  initialState: { sku: '', onHand: 0, reserved: 0, reservations: {} },
  decide,
  evolve,
};

function decide(command: StockCommand, stock: StockItem): Decision {
  switch (command.type) {
    case 'receive-stock':
      return receive(command, stock);
    case 'adjust-stock':
      return adjust(command, stock);
    case 'reserve-stock':
      return reserve(command, stock);
    case 'release-stock':
      return endReservation('stock.released', command, stock);
    case 'ship-stock':
      return endReservation('stock.shipped', command, stock);
    default:
      return unreachable(command);
  }
}

function receive({ sku, quantity }: ReceiveStock, stock: StockItem): Decision {
  if (!isCount(quantity)) return invalidQuantity(quantity);
  if (!Number.isSafeInteger(stock.onHand + quantity)) return tooLarge(sku, quantity);
  return ok([{ type: 'stock.received', data: { sku, quantity } }]);
}

function adjust({ sku, quantity, reason }: AdjustStock, stock: StockItem): Decision {
  if (!isCount(Math.abs(quantity))) return invalidQuantity(quantity);
  const available = availableOf(stock);
  if (available + quantity < 0) {
    return fail({
      code: 'stock-below-zero',
      detail: `Only ${available} of ${sku} are available; cannot remove ${-quantity}.`,
    });
  }
  if (!Number.isSafeInteger(stock.onHand + quantity)) return tooLarge(sku, quantity);
  return ok([{ type: 'stock.adjusted', data: { sku, quantity, reason } }]);
}

function reserve({ sku, orderId, quantity }: ReserveStock, stock: StockItem): Decision {
  if (!isCount(quantity)) return invalidQuantity(quantity);
  const reserved = reservedFor(stock.reservations, orderId);
  if (reserved !== undefined) {
    return fail({
      code: 'stock-already-reserved',
      detail: `Order ${orderId} already has ${reserved} of ${sku} reserved.`,
    });
  }
  const available = availableOf(stock);
  return quantity > available
    ? ok([{ type: 'stock.reservation-rejected', data: { sku, orderId, quantity, available } }])
    : ok([{ type: 'stock.reserved', data: { sku, orderId, quantity } }]);
}

function endReservation(
  type: 'stock.released' | 'stock.shipped',
  { sku, orderId }: { readonly sku: string; readonly orderId: string },
  stock: StockItem,
): Decision {
  const quantity = reservedFor(stock.reservations, orderId);
  if (quantity === undefined) {
    return fail({
      code: 'stock-not-reserved',
      detail: `Order ${orderId} has no reservation of ${sku}.`,
    });
  }
  return ok([{ type, data: { sku, orderId, quantity } }]);
}

/** Checked here as well as at the HTTP edge, because process managers send commands without HTTP. */
const isCount = (quantity: number): boolean => Number.isSafeInteger(quantity) && quantity > 0;

const invalidQuantity = (quantity: number): Decision =>
  fail({ code: 'stock-quantity-invalid', detail: `${quantity} is not a valid quantity.` });

/** Integers above 2^53 are rounded, so units would appear or vanish. */
const tooLarge = (sku: string, quantity: number): Decision =>
  fail({
    code: 'stock-quantity-too-large',
    detail: `Adding ${quantity} of ${sku} would take the quantity on hand past 2^53 − 1.`,
  });

function evolve(stock: StockItem, event: StockEvent): StockItem {
  const { sku, quantity } = event.data;
  switch (event.type) {
    case 'stock.received':
    case 'stock.adjusted':
      return { ...stock, sku, onHand: stock.onHand + quantity };
    case 'stock.reserved': {
      const reservations = withReservation(stock.reservations, event.data.orderId, quantity);
      return { ...stock, sku, reserved: stock.reserved + quantity, reservations };
    }
    case 'stock.reservation-rejected':
      return stock.sku === sku ? stock : { ...stock, sku };
    case 'stock.released':
      return freed(stock, event.data.orderId, quantity);
    case 'stock.shipped':
      return { ...freed(stock, event.data.orderId, quantity), onHand: stock.onHand - quantity };
    default:
      return unreachable(event);
  }
}

const freed = (stock: StockItem, orderId: string, quantity: number): StockItem => ({
  ...stock,
  reserved: stock.reserved - quantity,
  reservations: withoutReservation(stock.reservations, orderId),
});
