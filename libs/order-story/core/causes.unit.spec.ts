import type { RecordedEvent } from '#libs/kernel';
import { someMetadata } from '#libs/orders/testing';
import { directCauses } from './causes.js';

interface Told {
  readonly commandId?: string;
  readonly causationId?: string;
  readonly data?: object;
}

const event = (eventId: string, type: string, { commandId = '', causationId, data = {} }: Told = {}) =>
  ({
    type,
    data,
    position: { topic: type.split('.', 1)[0] ?? '', partition: 0, offset: 0 },
    metadata: {
      ...someMetadata({ streamId: eventId, version: 1 }),
      eventId,
      commandId,
      causationId: causationId ?? null,
    },
  }) as RecordedEvent;

const sends = (...ids: string[]) => ({ commands: ids.map((commandId) => ({ commandId })) });
const answer = (commandId: string) => ({ input: JSON.stringify({ type: 'handle-answer', commandId }) });

const causes = (...events: RecordedEvent[]) => Object.fromEntries(directCauses(events));

describe('direct causes in a story', () => {
  const created = event('created', 'order.created');
  const started = event('started', 'process.started', { causationId: 'created', data: sends('reserve') });

  it('lead from an order through the commands of its process and their effects back to the process', () => {
    const reserved = event('reserved', 'stock.reserved', { commandId: 'reserve a', causationId: 'created' });
    const second = event('second', 'stock.reserved', { commandId: 'reserve b', causationId: 'created' });
    const advanced = event('advanced', 'process.advanced', {
      causationId: 'created',
      data: { ...answer('reserve'), ...sends('capture') },
    });
    expect(causes(created, started, reserved, second, advanced)).toEqual({
      created: [],
      started: ['created'],
      reserved: ['started'],
      second: ['started'],
      advanced: ['reserved', 'second'],
    });
  });

  it('lead from the sender to the answer of a command that left no event', () => {
    const advanced = event('advanced', 'process.advanced', {
      causationId: 'created',
      data: answer('reserve'),
    });
    expect(causes(created, started, advanced)).toMatchObject({ advanced: ['started'] });
  });

  it('are what the event names where no command tells more, and nothing outside of the story', () => {
    const late = event('late', 'process.advanced', { causationId: 'created', data: { input: 'no JSON' } });
    const other = event('other', 'email.sent', { causationId: 'elsewhere' });
    expect(causes(created, late, other)).toMatchObject({ late: ['created'], other: [] });
  });

  it('never make an event its own cause', () => {
    const odd = event('odd', 'process.advanced', { causationId: 'odd' });
    expect(causes(odd)).toEqual({ odd: [] });
  });
});
