import { pollSchema, streamSchema } from './event-stream.schemas.js';

/** The paths of what is wrong. */
const faults = (query: object): string[] =>
  (pollSchema.safeParse(query).error?.issues ?? []).map(({ path }) => path.join('/'));

describe('what is asked of an event stream', () => {
  it('has defaults', () => {
    expect(pollSchema.parse({})).toEqual({ eventTypes: ['*'], limit: 50, wait: 20 });
    expect(streamSchema.parse({})).toEqual({ eventTypes: ['*'] });
  });

  it.each([
    ['order.created,stock.*', ['order.created', 'stock.*']],
    [
      ['order.updated', 'stock.received, stock.shipped'],
      ['order.updated', 'stock.received', 'stock.shipped'],
    ],
  ])('names event types in a list, or several times: %s', (eventTypes, names) => {
    expect(pollSchema.parse({ eventTypes }).eventTypes).toEqual(names);
  });

  it.each([
    [{ eventTypes: 'order.eaten' }, ['eventTypes']],
    [{ eventTypes: '' }, ['eventTypes']],
    [{ eventTypes: ['*', 'tea.*'] }, ['eventTypes']],
    [{ eventTypes: Array.from({ length: 101 }, () => '*').join() }, ['eventTypes']],
    [{ from: '2026-01-01' }, ['from']],
    [{ after: '' }, ['after']],
    [{ after: ['a', 'b'] }, ['after']],
    [{ after: 'a', from: 'beginning' }, ['from']],
    [{ wait: '61' }, ['wait']],
    [{ wait: '1.5' }, ['wait']],
    [{ limit: '0' }, ['limit']],
  ])('is refused with %j', (query, paths) => expect(faults(query)).toEqual(paths));
});
