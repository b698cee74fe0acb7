export * from './api-keys/api-key.repository.js';
export * from './database/database-outage.js';
export * from './database/migrate.js';
export * from './database/prisma.service.js';
export * from './orders/order-read.repository.js';
export * from './orders/order-write.js';
export * from './persistence.module.js';
export * from './projections/projection.store.js';
export { Prisma } from './generated/client.js';
