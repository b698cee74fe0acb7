import { type Decider, fail, ok, type Rejection, type Result, unreachable } from '#libs/kernel';
import { reservedFor, withoutReservation, withReservation } from './reservations.js';
import { availableOf, type StockItem } from './stock.js';
import type {
  AdjustStock,
  ReceiveStock,
  ReserveStock,
  SetThreshold,
  StockCommand,
} from './stock-commands.js';
import type { ReservationData, StockAlert, StockEvent } from './stock-events.js';

export type StockRejection = Rejection<
  | 'stock-quantity-invalid'
  | 'stock-quantity-too-large'
  | 'stock-below-zero'
  | 'stock-already-reserved'
  | 'stock-not-reserved'
  | 'stock-not-found'
>;

type Decision = Result<readonly StockEvent[], StockRejection>;

/**
 * How units move. `available` is on hand − reserved:
 *
 *   receipt ──► available ──reserve──► reserved ──ship──► gone
 *   adjustment ◄──► │ ◄────release────────┘
 */
export const stockDecider: Decider<StockItem, StockCommand, StockEvent, StockRejection> = {
  initialState: { sku: '', onHand: 0, reserved: 0, reservations: {}, isTracked: false, lowAt: null },
  decide,
  evolve,
};

function decide(command: StockCommand, stock: StockItem): Decision {
  const decision = move(command, stock);
  // What was not tracked had no quantity from which it could cross a line.
  if (!decision.ok || !stock.isTracked) return decision;
  const alerts = alertsBetween(stock, decision.value.reduce(evolve, stock));
  return alerts.length === 0 ? decision : ok([...decision.value, ...alerts]);
}

/** The lines that were crossed: the threshold downwards or upwards, and zero. */
function alertsBetween(before: StockItem, after: StockItem): StockAlert[] {
  const { sku, lowAt } = after;
  const [was, available] = [availableOf(before), availableOf(after)];
  const alerts: StockAlert[] = [];
  if (lowAt !== null && was > lowAt && available <= lowAt)
    alerts.push({ type: 'stock.low', data: { sku, available, lowAt } });
  if (was > 0 && available === 0) alerts.push({ type: 'stock.depleted', data: { sku, available, lowAt } });
  const line = lowAt ?? 0;
  if (was <= line && available > line)
    alerts.push({ type: 'stock.replenished', data: { sku, available, lowAt } });
  return alerts;
}

function move(command: StockCommand, stock: StockItem): Decision {
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
    case 'set-threshold':
      return setThreshold(command, stock);
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

function reserve({ sku, orderId, quantity, whenUntracked }: ReserveStock, stock: StockItem): Decision {
  if (!isCount(quantity)) return invalidQuantity(quantity);
  const reserved = reservedFor(stock.reservations, orderId);
  if (reserved !== undefined) {
    return fail({
      code: 'stock-already-reserved',
      detail: `Order ${orderId} already has ${reserved} of ${sku} reserved.`,
    });
  }
  if (!stock.isTracked && whenUntracked === 'accept') return ok([]);
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

function setThreshold({ sku, lowAt }: SetThreshold, stock: StockItem): Decision {
  if (lowAt !== null && lowAt !== 0 && !isCount(lowAt)) return invalidQuantity(lowAt);
  if (lowAt !== stock.lowAt) return ok([{ type: 'stock.threshold-changed', data: { sku, lowAt } }]);
  return stock.sku === ''
    ? fail({ code: 'stock-not-found', detail: `There is no stock item ${sku} that could have a threshold.` })
    : ok([]);
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
  const { sku } = event.data;
  switch (event.type) {
    case 'stock.received':
    case 'stock.adjusted':
      return { ...stock, sku, onHand: stock.onHand + event.data.quantity, isTracked: true };
    case 'stock.reserved': {
      const { orderId, quantity } = event.data;
      const reservations = withReservation(stock.reservations, orderId, quantity);
      return { ...stock, sku, reserved: stock.reserved + quantity, reservations };
    }
    case 'stock.reservation-rejected':
      return stock.sku === sku ? stock : { ...stock, sku };
    case 'stock.released':
      return freed(stock, event.data);
    case 'stock.shipped':
      return { ...freed(stock, event.data), onHand: stock.onHand - event.data.quantity };
    case 'stock.threshold-changed':
      return { ...stock, sku, lowAt: event.data.lowAt };
    case 'stock.low':
    case 'stock.depleted':
    case 'stock.replenished':
      return stock;
    default:
      return unreachable(event);
  }
}

const freed = (stock: StockItem, { orderId, quantity }: ReservationData): StockItem => ({
  ...stock,
  reserved: stock.reserved - quantity,
  reservations: withoutReservation(stock.reservations, orderId),
});
