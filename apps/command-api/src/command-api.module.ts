import { Module } from '@nestjs/common';
import { Commands } from './commands/commands.js';
import { WriterLog } from './commands/writer-log.js';
import { OrdersController } from './orders/orders.controller.js';

/** HTTP commands: what changes something. */
@Module({ controllers: [OrdersController], providers: [Commands, WriterLog] })
export class CommandApiModule {}
