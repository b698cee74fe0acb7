import { Module } from '@nestjs/common';
import { AcrossTenantsRepository } from './across-tenants/across-tenants.repository.js';
import { AuditRepository } from './audit/audit.repository.js';
import { EventIndexRepository } from './event-index/event-index.repository.js';
import { OrderStatisticsRepository } from './order-statistics/order-statistics.repository.js';
import { OrderTimelineRepository } from './order-timeline/order-timeline.repository.js';
import { StateTables } from '../postgres/state-tables.js';
import { StockReadRepository } from './stock/stock-read.repository.js';

const TABLES = [
  StateTables,
  AcrossTenantsRepository,
  AuditRepository,
  EventIndexRepository,
  OrderStatisticsRepository,
  OrderTimelineRepository,
  StockReadRepository,
];

/** Queries of the read models. */
@Module({ providers: TABLES, exports: TABLES })
export class ReadModelsModule {}
