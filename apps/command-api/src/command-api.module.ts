import { Module } from '@nestjs/common';
import { OrderBatchController } from './orders/order-batch.controller.js';
import { OrdersController } from './orders/orders.controller.js';
import { StockController } from './stock/stock.controller.js';

/** HTTP endpoints that send commands. */
@Module({ controllers: [OrdersController, OrderBatchController, StockController] })
export class CommandApiModule {}
