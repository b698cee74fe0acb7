import { AGGREGATE_GROUPS } from '#libs/aggregates';
import { Module } from '@nestjs/common';
import { CommandApiModule } from '#apps/command-api';
import { ConsoleModule } from '#apps/console';
import { OperationsApiModule } from '#apps/operations-api';
import { PROCESS_MANAGER } from '#apps/process-manager';
import { PROJECTOR } from '#apps/projector';
import { QueryApiModule } from '#apps/query-api';
import { WebhookApiModule } from '#apps/webhook-api';
import { WebhookDispatcherModule } from '#apps/webhook-dispatcher';
import { CommandingModule } from '#libs/commands';
import { KafkaModule } from '#libs/kafka';
import { LogMemoryModule } from '#libs/operations/postgres';
import { PersonalDataModule } from '#libs/personal-data/postgres';
import { PostgresModule } from '#libs/postgres';
import { QueryingModule } from '#libs/projections/http';

/** Every app in one process, on one port. */
@Module({
  imports: [
    PostgresModule,
    PersonalDataModule,
    KafkaModule,
    LogMemoryModule,
    CommandingModule.register(AGGREGATE_GROUPS),
    QueryingModule,
    CommandApiModule,
    QueryApiModule,
    OperationsApiModule,
    PROJECTOR,
    PROCESS_MANAGER,
    WebhookApiModule,
    WebhookDispatcherModule,
    ConsoleModule,
  ],
})
export class StandaloneModule {}
