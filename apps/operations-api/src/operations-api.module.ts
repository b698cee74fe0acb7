import { Module } from '@nestjs/common';
import { AuditOutboxModule } from '#libs/audit/postgres';
import { ReadModelsModule } from '#libs/projections/read-models';
import { DeliveryTablesModule } from '#libs/webhook-delivery/postgres';
import * as controllers from './controllers.js';

/** What operators see and do, across all tenants, over HTTP. */
@Module({
  imports: [AuditOutboxModule, ReadModelsModule, DeliveryTablesModule],
  controllers: Object.values(controllers),
})
export class OperationsApiModule {}
