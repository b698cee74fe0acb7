import { Module } from '@nestjs/common';
import { OrderQueriesController } from './orders/orders.controller.js';

/** The read side over HTTP. */
@Module({ controllers: [OrderQueriesController] })
export class QueryApiModule {}
