import { Module } from '@nestjs/common';
import { AuditDrainModule } from '#libs/audit/drain';
import { AuditOutboxModule } from '#libs/audit/postgres';
import { PaymentsModule } from '#libs/payment-gateways/tasks';
import { StoredCarts } from './carts/stored-carts.js';
import * as controllers from './controllers.js';

/** HTTP endpoints that send commands. */
@Module({
  imports: [AuditDrainModule, AuditOutboxModule, PaymentsModule],
  controllers: Object.values(controllers),
  providers: [StoredCarts],
})
export class CommandApiModule {}
