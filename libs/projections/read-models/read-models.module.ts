import { Module } from '@nestjs/common';
import { OrderStatisticsRepository } from './order-statistics/order-statistics.repository.js';
import { OrderTimelineRepository } from './order-timeline/order-timeline.repository.js';
import { OrderReadRepository } from './orders/order-read.repository.js';
import { StockReadRepository } from './stock/stock-read.repository.js';

const TABLES = [OrderReadRepository, OrderStatisticsRepository, OrderTimelineRepository, StockReadRepository];

/** Queries of the read models. */
@Module({ providers: TABLES, exports: TABLES })
export class ReadModelsModule {}
