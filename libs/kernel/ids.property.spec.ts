import { isUuid, newId } from './ids.js';

describe('ids', () => {
  const ids = Array.from({ length: 20_000 }, newId);

  it('are unique UUIDs of version 7', () => {
    expect(ids.every((id) => isUuid(id) && id[14] === '7')).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('sort by creation time', () => expect(ids.toSorted()).toEqual(ids));
});
