import { Module } from '@nestjs/common';
import { WriterLog } from './commands/writer-log.js';
import { OrderEngine } from './orders/order-engine.js';
import { OrdersController } from './orders/orders.controller.js';

/** HTTP commands: what changes something. */
@Module({ controllers: [OrdersController], providers: [OrderEngine, WriterLog] })
export class CommandApiModule {}
