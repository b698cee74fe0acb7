import { Module } from '@nestjs/common';
import { Commands } from './commands/commands.js';
import { WriterLog } from './commands/writer-log.js';
import { OrderBatchController } from './orders/order-batch.controller.js';
import { OrdersController } from './orders/orders.controller.js';
import { HttpPeers } from './peers/http-peers.js';
import { PeerDirectory } from './peers/peer-directory.js';
import { PeerDoor } from './peers/peer-door.js';
import { StockController } from './stock/stock.controller.js';

/** HTTP commands: what changes something. */
@Module({
  controllers: [OrdersController, OrderBatchController, StockController],
  providers: [Commands, WriterLog, HttpPeers, PeerDirectory, PeerDoor],
})
export class CommandApiModule {}
