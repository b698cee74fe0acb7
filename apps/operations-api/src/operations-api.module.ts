import { Module } from '@nestjs/common';
import { AuditOutboxModule } from '#libs/audit/postgres';
import {
  ApiKeyDirectory,
  PartitionDirectory,
  SearchRepository,
  TenantDirectory,
} from '#libs/directory/postgres';
import { EventStreamingModule } from '#libs/event-streaming/http';
import { EventSchemas, LogBrowser } from '#libs/log-browser/http';
import { ReadModelsModule } from '#libs/projections/read-models';
import * as controllers from './controllers.js';

/** What operators see and do, across all tenants, over HTTP. */
@Module({
  imports: [AuditOutboxModule, EventStreamingModule, ReadModelsModule],
  controllers: Object.values(controllers),
  providers: [
    ApiKeyDirectory,
    EventSchemas,
    LogBrowser,
    PartitionDirectory,
    SearchRepository,
    TenantDirectory,
  ],
})
export class OperationsApiModule {}
