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
import { StandingCounts } from '#libs/operations/postgres';
import { ProjectionCommands, ProjectionJobRepository } from '#libs/projections/postgres';
import { ProjectionJobs } from '#libs/projections/projector';
import { ReadModelsModule } from '#libs/projections/read-models';
import { DeliveryTablesModule } from '#libs/webhook-delivery/postgres';
import * as controllers from './controllers.js';
import { DEAD_LETTERS } from './dead-letters/dead-letter-desk.provider.js';
import { ProcessRetries } from './dead-letters/process-retries.js';
import { Overview } from './overview/overview.js';
import { RateSamples } from './overview/rate-samples.js';
import { StandingMetrics } from './overview/standing-metrics.js';
import { LogStanding } from './projections/log-standing.js';
import { Projections } from './projections/projections.js';

/** What operators see and do, across all tenants, over HTTP. */
@Module({
  imports: [AuditOutboxModule, DeliveryTablesModule, EventStreamingModule, ReadModelsModule],
  controllers: Object.values(controllers),
  providers: [
    EventSchemas,
    LogBrowser,
    ProjectionCommands,
    ProjectionJobRepository,
    ProjectionJobs,
    LogStanding,
    Projections,
    ProcessRetries,
    DEAD_LETTERS,
    ApiKeyDirectory,
    PartitionDirectory,
    SearchRepository,
    TenantDirectory,
    StandingCounts,
    RateSamples,
    Overview,
    StandingMetrics,
  ],
})
export class OperationsApiModule {}
