import { type DynamicModule, Module } from '@nestjs/common';
import { CommandApiModule } from '#apps/command-api';
import { ProjectorModule } from '#apps/projector';
import { QueryApiModule } from '#apps/query-api';
import { WebhookApiModule } from '#apps/webhook-api';
import { WebhookDispatcherModule } from '#apps/webhook-dispatcher';
import { KafkaModule } from '#libs/event-store-kafka';
import { PersistenceModule } from '#libs/persistence';
import { PlatformModule, type Settings } from '#libs/platform';

/** Every app in one process, on one port. */
@Module({})
export class StandaloneModule {
  static register(settings: Settings): DynamicModule {
    return {
      module: StandaloneModule,
      imports: [
        PlatformModule.register(settings),
        PersistenceModule,
        KafkaModule,
        CommandApiModule,
        QueryApiModule,
        ProjectorModule,
        WebhookApiModule,
        WebhookDispatcherModule,
      ],
    };
  }
}
