import { scopeSetOf } from './scope-sets.js';
import { ALL_OF_A_TENANT, SCOPES } from './scopes.js';

describe('a set of scopes', () => {
  it('is the same for all who have the same', () => {
    expect(scopeSetOf(['stock:read', 'orders:read'])).toBe(scopeSetOf(['orders:read', 'stock:read']));
    expect([...scopeSetOf(['orders:read'])]).toEqual(['orders:read']);
  });

  it('of a star has all scopes of a tenant, and the operator only if it is named', () => {
    expect(scopeSetOf(['*'])).toBe(ALL_OF_A_TENANT);
    expect(scopeSetOf(['*']).has('operator')).toBe(false);
    expect(scopeSetOf(['operator', '*'])).toEqual(new Set(SCOPES));
  });

  it('leaves out what is no scope, such as one of a later version', () => {
    expect([...scopeSetOf(['orders:delete', '__proto__', ''])]).toEqual([]);
  });
});
