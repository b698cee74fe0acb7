import { Inject, Module } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import { KAFKA, KafkaEventLog, LogConsumerServer } from '#libs/event-store-kafka';
import { Readiness, SETTINGS, type Settings } from '#libs/platform';
import { AutomaticRebuilds } from './automatic-rebuilds.js';
import { ProjectedPartitions } from './projected-partitions.js';
import { ProjectionMetrics } from './projection-metrics.js';
import { PROJECTOR, ProjectorController } from './projector.controller.js';

/** Injection token of the consumer that drives the projector: connect it as a microservice. */
export const PROJECTOR_SERVER = Symbol('projector-server');

const makeServer = (
  settings: Settings,
  kafka: Kafka,
  log: KafkaEventLog,
  assignments: ProjectedPartitions,
): LogConsumerServer =>
  new LogConsumerServer({
    transportId: PROJECTOR,
    groupId: `${settings.kafka.groupPrefix}-projector`,
    kafka,
    log,
    assignments,
    maxEvents: settings.projector.batchEvents,
    partitionsConsumedConcurrently: 4,
  });

/** Builds the read models. */
@Module({
  controllers: [ProjectorController],
  providers: [
    ProjectedPartitions,
    ProjectionMetrics,
    AutomaticRebuilds,
    {
      provide: PROJECTOR_SERVER,
      inject: [SETTINGS, KAFKA, KafkaEventLog, ProjectedPartitions],
      useFactory: makeServer,
    },
  ],
  exports: [PROJECTOR_SERVER],
})
export class ProjectorModule {
  constructor(@Inject(PROJECTOR_SERVER) server: LogConsumerServer, @Inject(Readiness) readiness: Readiness) {
    readiness.add('projector', () => {
      if (server.fault) throw new Error(server.fault);
    });
  }
}
