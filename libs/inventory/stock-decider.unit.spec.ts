import { emptyStream } from '#libs/kernel';
import { specify } from '#libs/kernel/testing';
import type { StockCommand } from './stock-commands.js';
import { stockDecider } from './stock-decider.js';
import { stockDocument } from './stock-document.js';
import type { StockEvent } from './stock-events.js';

const sku = 'tea';
const [orderA, orderB] = ['0197a2f0-0000-7000-8000-00000000000a', '0197a2f0-0000-7000-8000-00000000000b'];

const receive = (quantity: number): StockCommand => ({ type: 'receive-stock', sku, quantity });
const adjust = (quantity: number): StockCommand => ({ type: 'adjust-stock', sku, quantity, reason: 'count' });
const reserve = (
  orderId: string,
  quantity: number,
  whenUntracked: 'accept' | 'reject' = 'reject',
): StockCommand => ({
  type: 'reserve-stock',
  sku,
  orderId,
  quantity,
  whenUntracked,
});
const release = (orderId: string): StockCommand => ({ type: 'release-stock', sku, orderId });
const threshold = (lowAt: number | null): StockCommand => ({ type: 'set-threshold', sku, lowAt });
const ship = (orderId: string): StockCommand => ({ type: 'ship-stock', sku, orderId });

const received = (quantity: number): StockEvent => ({ type: 'stock.received', data: { sku, quantity } });
const adjusted = (quantity: number): StockEvent => ({
  type: 'stock.adjusted',
  data: { sku, quantity, reason: 'count' },
});
const ofOrder =
  (type: 'stock.reserved' | 'stock.released' | 'stock.shipped') =>
  (orderId: string, quantity: number): StockEvent => ({ type, data: { sku, orderId, quantity } });
const reserved = ofOrder('stock.reserved');
const released = ofOrder('stock.released');
const shipped = ofOrder('stock.shipped');
const rejected = (orderId: string, quantity: number, available: number): StockEvent => ({
  type: 'stock.reservation-rejected',
  data: { sku, orderId, quantity, available },
});

const thresholdChanged = (lowAt: number | null): StockEvent => ({
  type: 'stock.threshold-changed',
  data: { sku, lowAt },
});
const low = (available: number, lowAt: number): StockEvent => ({
  type: 'stock.low',
  data: { sku, available, lowAt },
});
const depleted = (lowAt: number | null = null): StockEvent => ({
  type: 'stock.depleted',
  data: { sku, available: 0, lowAt },
});
const replenished = (available: number, lowAt: number | null = null): StockEvent => ({
  type: 'stock.replenished',
  data: { sku, available, lowAt },
});

const given = specify(stockDecider);
const after = (...facts: readonly StockEvent[]) =>
  facts.reduce(stockDecider.evolve, stockDecider.initialState);

describe('stock', () => {
  it('comes in', () => {
    given().when(receive(5)).then(received(5));
    given(received(5)).when(receive(2)).then(received(2));
  });

  it('can be adjusted up and down, even before any receipt', () => {
    given().when(adjust(3)).then(adjusted(3));
    given(received(5)).when(adjust(-5)).then(adjusted(-5), depleted());
  });

  it('cannot be adjusted below zero', () => {
    given().when(adjust(-1)).thenRefused('stock-below-zero');
    given(received(5)).when(adjust(-6)).thenRefused('stock-below-zero');
  });

  it('cannot be adjusted below what is reserved', () => {
    given(received(5), reserved(orderA, 3)).when(adjust(-2)).then(adjusted(-2), depleted());
    given(received(5), reserved(orderA, 3)).when(adjust(-3)).thenRefused('stock-below-zero');
  });

  it('rejects quantities that a number cannot represent exactly', () => {
    const most = received(Number.MAX_SAFE_INTEGER);
    given(most).when(receive(1)).thenRefused('stock-quantity-too-large');
    given(most).when(adjust(1)).thenRefused('stock-quantity-too-large');
    given(most).when(adjust(-Number.MAX_SAFE_INTEGER)).then(adjusted(-Number.MAX_SAFE_INTEGER), depleted());
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    'does not count %p units',
    (quantity) => {
      given().when(receive(quantity)).thenRefused('stock-quantity-invalid');
      given(received(9)).when(reserve(orderA, quantity)).thenRefused('stock-quantity-invalid');
    },
  );

  it.each([0, -0, 0.5, Number.NaN, -(2 ** 53)])('cannot be adjusted by %p', (quantity) => {
    given(received(9)).when(adjust(quantity)).thenRefused('stock-quantity-invalid');
  });
});

describe('a reservation', () => {
  it('reserves the whole quantity', () => {
    given(received(5)).when(reserve(orderA, 5)).then(reserved(orderA, 5), depleted());
  });

  it('that cannot be met reserves nothing, and reports the available quantity', () => {
    given(received(5), reserved(orderA, 3))
      .when(reserve(orderB, 3))
      .then(rejected(orderB, 3, 2));
    given()
      .when(reserve(orderA, 1))
      .then(rejected(orderA, 1, 0));
  });

  it('can be made once per order', () => {
    given(received(5), reserved(orderA, 3)).when(reserve(orderA, 3)).thenRefused('stock-already-reserved');
    given(received(5), reserved(orderA, 3)).when(reserve(orderA, 1)).thenRefused('stock-already-reserved');
  });

  it('can be requested again after a rejection', () => {
    given(rejected(orderA, 3, 0), received(3))
      .when(reserve(orderA, 3))
      .then(reserved(orderA, 3), depleted());
  });

  it('is released or shipped with its whole quantity', () => {
    given(received(5), reserved(orderA, 3)).when(release(orderA)).then(released(orderA, 3));
    given(received(5), reserved(orderA, 3)).when(ship(orderA)).then(shipped(orderA, 3));
  });

  it.each([
    ['never made', []],
    ['rejected', [rejected(orderA, 9, 5)]],
    ['released', [reserved(orderA, 3), released(orderA, 3)]],
    ['shipped', [reserved(orderA, 3), shipped(orderA, 3)]],
    ["another order's", [reserved(orderB, 3)]],
  ])('ends once: not when it was %s', (_, facts) => {
    for (const end of [release, ship]) {
      given(received(5), ...facts)
        .when(end(orderA))
        .thenRefused('stock-not-reserved');
    }
  });

  it('returns units when released, and removes them when shipped', () => {
    const held = [received(5), reserved(orderA, 3), reserved(orderB, 1)];
    expect(after(...held)).toMatchObject({ onHand: 5, reserved: 4 });
    expect(after(...held, released(orderA, 3))).toEqual({
      sku,
      onHand: 5,
      reserved: 1,
      reservations: { b: { 0: { [orderB]: 1 } } },
      isTracked: true,
      lowAt: null,
    });
    expect(after(...held, shipped(orderA, 3))).toEqual({
      sku,
      onHand: 2,
      reserved: 1,
      reservations: { b: { 0: { [orderB]: 1 } } },
      isTracked: true,
      lowAt: null,
    });
  });

  it('leaves no trace once all are closed', () => {
    const ended = after(
      received(5),
      reserved(orderA, 3),
      reserved(orderB, 1),
      shipped(orderA, 3),
      released(orderB, 1),
    );
    expect(ended).toEqual(after(received(2)));
  });

  it.each(['constructor', '__proto__', 'toString', 'x', ''])(
    'for an order called %s is like any other',
    (orderId) => {
      given(received(5)).when(release(orderId)).thenRefused('stock-not-reserved');
      given(received(5), reserved(orderId, 2))
        .when(reserve(orderId, 2))
        .thenRefused('stock-already-reserved');
      given(received(5), reserved(orderId, 2)).when(ship(orderId)).then(shipped(orderId, 2));
    },
  );
});

describe('a SKU that never had a receipt or an adjustment', () => {
  it('is not tracked: an order may take it, and nothing is held', () => {
    given()
      .when(reserve(orderA, 3, 'accept'))
      .thenNothing();
    given(rejected(orderB, 1, 0))
      .when(reserve(orderA, 3, 'accept'))
      .thenNothing();
    given(thresholdChanged(5))
      .when(reserve(orderA, 3, 'accept'))
      .thenNothing();
    given()
      .when(reserve(orderA, 3, 'reject'))
      .then(rejected(orderA, 3, 0));
  });

  it('is counted from its first receipt or adjustment on', () => {
    given(received(2))
      .when(reserve(orderA, 3, 'accept'))
      .then(rejected(orderA, 3, 2));
    given(adjusted(2), adjusted(-2))
      .when(reserve(orderA, 1, 'accept'))
      .then(rejected(orderA, 1, 0));
  });
});

describe('the threshold of stock', () => {
  it('can be set, changed and removed', () => {
    given().when(threshold(3)).then(thresholdChanged(3));
    given(received(5)).when(threshold(0)).then(thresholdChanged(0));
    given(received(5), thresholdChanged(3)).when(threshold(4)).then(thresholdChanged(4));
    given(received(5), thresholdChanged(3)).when(threshold(null)).then(thresholdChanged(null));
  });

  it('stays as it is without an event', () => {
    given(thresholdChanged(3)).when(threshold(3)).thenNothing();
    given(received(5)).when(threshold(null)).thenNothing();
    given().when(threshold(null)).thenRefused('stock-not-found');
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])('cannot be %p', (lowAt) =>
    given(received(5)).when(threshold(lowAt)).thenRefused('stock-quantity-invalid'),
  );

  it('tells nothing by being set', () => {
    given(received(5)).when(threshold(9)).then(thresholdChanged(9));
    given(received(5), thresholdChanged(9)).when(threshold(1)).then(thresholdChanged(1));
  });

  it('is crossed downwards once', () => {
    const facts = [received(9), thresholdChanged(5)];
    given(...facts)
      .when(reserve(orderA, 3))
      .then(reserved(orderA, 3));
    given(...facts)
      .when(reserve(orderA, 4))
      .then(reserved(orderA, 4), low(5, 5));
    given(...facts)
      .when(adjust(-6))
      .then(adjusted(-6), low(3, 5));
    given(...facts, reserved(orderA, 4), low(5, 5))
      .when(reserve(orderB, 1))
      .then(reserved(orderB, 1));
  });

  it('is crossed together with zero', () => {
    for (const line of [5, 0]) {
      const facts = [adjusted(-9), low(0, line), depleted(line)];
      given(received(9), thresholdChanged(line))
        .when(adjust(-9))
        .then(...facts);
    }
    given(received(4), thresholdChanged(5)).when(adjust(-4)).then(adjusted(-4), depleted(5));
  });

  it('is crossed upwards once, by more than the threshold', () => {
    const facts = [received(9), thresholdChanged(5), reserved(orderA, 8), low(1, 5)];
    given(...facts)
      .when(receive(4))
      .then(received(4));
    given(...facts)
      .when(receive(5))
      .then(received(5), replenished(6, 5));
    given(...facts)
      .when(release(orderA))
      .then(released(orderA, 8), replenished(9, 5));
    given(...facts, received(5), replenished(6, 5))
      .when(receive(5))
      .then(received(5));
  });

  it('is zero where there is none', () => {
    given(received(2)).when(reserve(orderA, 1)).then(reserved(orderA, 1));
    given(received(2), adjusted(-2), depleted()).when(receive(1)).then(received(1), replenished(1));
  });

  it('is not crossed by the first receipt or adjustment, nor by what leaves the available units alone', () => {
    given().when(receive(5)).then(received(5));
    given(thresholdChanged(3)).when(receive(5)).then(received(5));
    given(thresholdChanged(3)).when(adjust(2)).then(adjusted(2));
    given(received(5), thresholdChanged(5), reserved(orderA, 5), depleted(5))
      .when(ship(orderA))
      .then(shipped(orderA, 5));
  });
});

it('keeps the parts that an event does not change', () => {
  const before = after(received(5), reserved(orderA, 3));
  const { reservations } = stockDecider.evolve(before, reserved(orderB, 1));
  expect(reservations['a']).toBe(before.reservations['a']);
  for (const event of [rejected(orderB, 9, 2), low(2, 3), depleted(), replenished(2)])
    expect(stockDecider.evolve(before, event)).toBe(before);
  for (const event of [received(1), adjusted(-1)]) {
    expect(stockDecider.evolve(before, event).reservations).toBe(before.reservations);
  }
});

describe('the document of a stock item', () => {
  it('shows available stock, but not for whom it is reserved', () => {
    const [createdAt, updatedAt] = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'];
    const state = after(received(5), reserved(orderA, 3));
    expect(stockDocument({ tenant: 't', version: 2, createdAt, updatedAt, state })).toEqual({
      sku,
      version: 2,
      onHand: 5,
      reserved: 3,
      available: 2,
      createdAt,
      updatedAt,
    });
    const withThreshold = after(received(5), thresholdChanged(0));
    expect(
      stockDocument({ tenant: 't', version: 2, createdAt, updatedAt, state: withThreshold }),
    ).toMatchObject({ onHand: 5, lowAt: 0 });
  });

  it('does not exist without an event', () => {
    expect(() => stockDocument(emptyStream(stockDecider.initialState))).toThrow(/without events/);
  });
});
