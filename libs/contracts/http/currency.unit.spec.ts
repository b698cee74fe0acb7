import { currencySchema, ISO_4217_PUBLISHED } from './currency.schema.js';

const isAccepted = (code: string): boolean => currencySchema.safeParse(code).success;

describe('a currency', () => {
  it('is on the published ISO 4217 list', () => {
    expect(ISO_4217_PUBLISHED).toBe('2026-01-01');
    for (const code of ['EUR', 'USD', 'JPY', 'BHD', 'CLF', 'XCG', 'XAD', 'ZWG', 'SLE', 'VED', 'XAU', 'XTS'])
      expect([code, isAccepted(code)]).toEqual([code, true]);
  });

  it('is not one that was withdrawn, though the runtime may know it', () => {
    for (const code of ['ANG', 'BGN', 'HRK', 'CUC', 'ZWL', 'SLL', 'DEM', 'ITL', 'BYR', 'TRL'])
      expect([code, isAccepted(code)]).toEqual([code, false]);
  });

  it.each(['', 'eur', 'EURO', 'EU', ' EUR', 'ABC', '978', '__proto__', 'constructor'])('is not %j', (text) =>
    expect(isAccepted(text)).toBe(false),
  );
});
