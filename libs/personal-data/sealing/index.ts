export {
  type CustomerOfTenant,
  type DataKey,
  type DataKeyStore,
  type FoundKey,
  KeyRing,
  nameOfCustomer,
} from './key-ring.js';
export { PersonalData } from './personal-data.js';
export { FORGOTTEN_TEXT, isSealed, type PersonalValue } from './sealed-text.js';
