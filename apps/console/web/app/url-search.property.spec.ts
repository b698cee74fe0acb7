import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseSearch, stringifySearch } from './url-search';

const names = fc.stringMatching(/^[a-zA-Z]{1,12}$/);
const texts = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('3', '007', '1e3', 'true', 'null', '[]', ' ', '+', '%41'),
);

describe('filters in the URL', () => {
  it('come back as the texts that they were', () => {
    fc.assert(
      fc.property(fc.dictionary(names, texts, { noNullPrototype: true }), (search) =>
        expect(parseSearch(stringifySearch(search))).toEqual(search),
      ),
    );
  });

  it('stay out without a value', () => {
    expect(stringifySearch({ status: undefined })).toBe('');
    expect(stringifySearch({ status: undefined, offset: 3 })).toBe('?offset=3');
  });
});
