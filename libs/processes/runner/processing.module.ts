import { type DynamicModule, Module } from '@nestjs/common';
import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import type { Kafka } from 'kafkajs';
import { KAFKA_CLIENT, KafkaEventLog, LogConsumerServer } from '#libs/kafka';
import { Readiness, SETTINGS, type Settings } from '#libs/platform';
import { ProcessTablesModule } from '../postgres/index.js';
import { processController } from './process-feeder.controller.js';
import { ProcessLog } from './process-log.js';
import { ProcessManager } from './process-manager.js';
import { PROCESSING, type ProcessingOptions } from './processing-options.js';

/** A module with the injection token of its consumer, for `consumers` of `runApp`. */
export interface ProcessingGroup extends DynamicModule {
  readonly consumer: symbol;
}

const CONSUMER = Symbol('process-manager');

/** Stands in for the consumer while fulfilment is off. */
class NoConsumer extends Server implements CustomTransportStrategy {
  override readonly transportId = CONSUMER;
  readonly fault = undefined;
  listen(done: () => void): void {
    done();
  }
  close(): void {}
  on(): never {
    throw new Error('there is no consumer');
  }
  unwrap(): never {
    throw new Error('there is no consumer');
  }
}

/** Runs process managers. Requires PostgresModule, KafkaModule, and CommandingModule with the aggregate and all targets. */
@Module({})
export class ProcessingModule {
  static register(
    options: ProcessingOptions,
    targets: Pick<DynamicModule, 'imports' | 'providers'>,
  ): ProcessingGroup {
    const topics = [...new Set(options.definitions.flatMap((each) => each.topics))];
    return {
      consumer: CONSUMER,
      module: ProcessingModule,
      imports: [ProcessTablesModule, ...(targets.imports ?? [])],
      controllers: [processController(topics, CONSUMER)],
      providers: [
        { provide: PROCESSING, useValue: options },
        ...(targets.providers ?? []),
        ProcessLog,
        ProcessManager,
        {
          provide: CONSUMER,
          inject: [SETTINGS, KAFKA_CLIENT, KafkaEventLog, ProcessManager, Readiness],
          useFactory: makeConsumer,
        },
      ],
      exports: [CONSUMER],
    };
  }
}

function makeConsumer(
  settings: Settings,
  kafka: Kafka,
  log: KafkaEventLog,
  { feeder }: ProcessManager,
  readiness: Readiness,
): LogConsumerServer | NoConsumer {
  if (!settings.fulfilment.enabled) return new NoConsumer();
  const server = new LogConsumerServer({
    transportId: CONSUMER,
    groupId: `${settings.kafka.groupPrefix}-process-manager`,
    kafka,
    log,
    assignments: feeder,
    maxEvents: 500,
    batchesAtOnce: 8,
    gatherMs: { least: 0, most: 10 },
  });
  readiness.add('process-manager', () => {
    if (server.fault) throw new Error(server.fault);
  });
  return server;
}
