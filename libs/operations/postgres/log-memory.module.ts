import { Inject, Module } from '@nestjs/common';
import { LogEnvironment } from '#libs/kafka';
import { LogMemoryRepository } from './log-memory.repository.js';

/** Keeps an app from working on a log that is older than its database. Requires PostgresModule and KafkaModule. */
@Module({ providers: [LogMemoryRepository] })
export class LogMemoryModule {
  constructor(
    @Inject(LogEnvironment) environment: LogEnvironment,
    @Inject(LogMemoryRepository) memory: LogMemoryRepository,
  ) {
    environment.remember(memory);
  }
}
