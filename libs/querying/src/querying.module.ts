import { Global, Module } from '@nestjs/common';
import { CheckpointWaits, ProjectionStore } from '#libs/persistence';
import { SETTINGS, type Settings } from '#libs/platform';

/** Lets queries wait for positions, by one connection for the whole process. */
@Global()
@Module({
  providers: [
    {
      provide: CheckpointWaits,
      inject: [ProjectionStore, SETTINGS],
      useFactory: (store: ProjectionStore, { database, queries }: Settings) =>
        new CheckpointWaits(store, { ...database, ...queries }),
    },
  ],
  exports: [CheckpointWaits],
})
export class QueryingModule {}
