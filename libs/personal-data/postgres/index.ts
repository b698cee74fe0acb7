export { CustomerKeyRepository } from './customer-key.repository.js';
export { PersonalDataModule } from './personal-data.module.js';
