import { checkoutCommandId } from '#libs/carts';
import { ownCommandId, type RecordedEvent } from '#libs/kernel';
import { someMetadata } from '#libs/orders/testing';
import { directCauses } from './causes.js';

interface Told {
  /** As its sender calls it. */
  readonly by?: string;
  readonly causationId?: string;
  readonly data?: object;
}

const event = (eventId: string, type: string, { by, causationId, data = {} }: Told = {}): RecordedEvent => ({
  type,
  data: { orderId: 'o-1', ...data },
  position: { topic: type.split('.', 1)[0] ?? '', partition: 0, offset: 0 },
  metadata: {
    ...someMetadata({ streamId: 'o-1', version: 1 }),
    eventId,
    commandId: by === undefined ? eventId : ownCommandId(by),
    causationId: causationId ?? null,
  },
});

const sends = (...ids: string[]) => ({ commands: ids.map((commandId) => ({ commandId })) });
const input = (given: object) => ({ input: JSON.stringify(given) });
const answer = (commandId: string) => input({ type: 'handle-answer', commandId });
/** A later step of the order's process. */
const advanced = (eventId: string, data: object) =>
  event(eventId, 'process.advanced', { causationId: 'created', data });

const causes = (...events: RecordedEvent[]) => Object.fromEntries(directCauses(events));

describe('direct causes in a story', () => {
  const created = event('created', 'order.created');
  const started = event('started', 'process.started', {
    causationId: 'created',
    data: { ...input({ type: 'handle-event', eventId: 'created' }), ...sends('reserve') },
  });

  it('lead from an order through the commands of its process and their effects back to the process', () => {
    const reserved = event('reserved', 'stock.reserved', { by: 'reserve a', causationId: 'created' });
    const second = event('second', 'stock.reserved', { by: 'reserve b', causationId: 'created' });
    const next = advanced('next', { ...answer('reserve'), ...sends('capture', 'mail') });
    const captured = event('captured', 'payment.captured', { by: 'capture record-capture' });
    const mail = event('mail', 'email.sent', { by: 'mail', causationId: 'created' });
    expect(causes(created, started, reserved, second, next, captured, mail)).toEqual({
      created: [],
      started: ['created'],
      reserved: ['started'],
      second: ['started'],
      next: ['reserved', 'second'],
      captured: ['next'],
      mail: ['next'],
    });
  });

  it('lead from the sender to the answer of a command that left no event of the order', () => {
    const next = advanced('next', answer('reserve'));
    expect(causes(created, started, next)).toMatchObject({ next: ['started'] });
    const low = event('low', 'stock.low', { by: 'reserve a', data: { orderId: undefined } });
    expect(causes(created, started, low, next)).toMatchObject({ low: ['started'], next: ['started'] });
  });

  it('lead from the step that set a timer, or sent a command in vain, to what followed', () => {
    const sets = { timersSet: [{ name: 'pay' }], ...sends('authorize') };
    const waits = advanced('waits', { ...answer('reserve'), ...sets });
    const stuck = advanced('stuck', input({ type: 'report-stuck', commandId: 'authorize' }));
    const fired = advanced('fired', input({ type: 'fire-timer', name: 'pay' }));
    const other = advanced('other', input({ type: 'fire-timer', name: 'unknown' }));
    expect(causes(created, started, waits, stuck, fired, other)).toMatchObject({
      stuck: ['waits'],
      fired: ['waits'],
      other: ['created'],
    });
  });

  it('lead to an input that waited for a retry, whose own request is no event', () => {
    const shipped = event('shipped', 'order.shipped');
    const retried = event('retried', 'process.advanced', {
      data: input({ type: 'handle-event', eventId: 'shipped' }),
    });
    const asked = event('asked', 'process.advanced', { data: input({ type: 'retry-process' }) });
    expect(causes(created, shipped, retried, asked)).toMatchObject({ retried: ['shipped'], asked: [] });
  });

  it('lead from a cart to its order', () => {
    const cart = event('cart', 'cart.checked-out');
    const order = event('order', 'order.created', { by: checkoutCommandId('o-1') });
    expect(causes(cart, order)).toEqual({ cart: [], order: ['cart'] });
  });

  it('of a command that was sent twice are those of each time', () => {
    const first = advanced('first', sends('close'));
    const refunded = event('refunded', 'payment.refunded', { by: 'close record-refund' });
    const second = advanced('second', { ...answer('close'), ...sends('close') });
    const voided = event('voided', 'payment.voided', { by: 'close record-void' });
    const last = advanced('last', answer('close'));
    expect(causes(created, first, refunded, second, voided, last)).toMatchObject({
      refunded: ['first'],
      second: ['refunded'],
      voided: ['second'],
      last: ['voided'],
    });
  });

  it('are found, too, where the clock of a target is slow', () => {
    const reserved = event('reserved', 'stock.reserved', { by: 'reserve a', causationId: 'created' });
    const next = advanced('next', answer('reserve'));
    expect(causes(created, reserved, started, next)).toMatchObject({
      reserved: ['started'],
      next: ['reserved'],
    });
  });

  it('are what the event names where no command tells more, and nothing outside of the story', () => {
    const late = advanced('late', { input: 'no JSON' });
    const old = event('old', 'payment.captured', { by: 'unknown record-capture', causationId: 'created' });
    const other = event('other', 'email.sent', { causationId: 'elsewhere' });
    const outside = advanced('outside', input({ type: 'handle-event', eventId: 'elsewhere' }));
    expect(causes(created, late, old, other, outside)).toMatchObject({
      late: ['created'],
      old: ['created'],
      other: [],
      outside: ['created'],
    });
  });

  it('never follow a key that a client chose, nor make an event its own cause', () => {
    const confirmed = event('confirmed', 'order.confirmed');
    const keyed = { ...confirmed, metadata: { ...confirmed.metadata, commandId: 'reserve' } };
    const odd = event('odd', 'process.advanced', { causationId: 'odd' });
    expect(causes(created, started, keyed, odd)).toMatchObject({ confirmed: [], odd: [] });
  });
});
