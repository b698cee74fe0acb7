export { type SearchTerms, searchTermsOf } from './search-terms.js';
