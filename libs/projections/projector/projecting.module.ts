import { type DynamicModule, Inject, Module } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import { KAFKA_CLIENT, KafkaEventLog, LogConsumerServer } from '#libs/kafka';
import { Readiness, SETTINGS, type Settings } from '#libs/platform';
import { ProjectionTablesModule } from '../postgres/projection-tables.module.js';
import { AutomaticRebuilds } from './automatic-rebuilds.js';
import { ProjectedPartitions } from './projected-partitions.js';
import { PROJECTING, type ProjectingOptions, projectedTopics } from './projecting-options.js';
import { ProjectionMetrics } from './projection-metrics.js';
import { ProjectionStarts } from './projection-starts.js';
import { projectionController } from './projection.controller.js';

/** A module with the injection token of its consumer, for `consumers` of `runApp`. */
export interface ProjectingGroup extends DynamicModule {
  readonly consumer: symbol;
}

/** Keeps projections up to date with the log. Requires PostgresModule and KafkaModule. */
@Module({})
export class ProjectingModule {
  static register(options: ProjectingOptions): ProjectingGroup {
    const consumer = Symbol(options.group);
    return {
      consumer,
      module: ProjectingModule,
      imports: [ProjectionTablesModule],
      controllers: [projectionController(projectedTopics(options.projections), consumer)],
      providers: [
        { provide: PROJECTING, useValue: options },
        ProjectedPartitions,
        ProjectionMetrics,
        ProjectionStarts,
        AutomaticRebuilds,
        {
          provide: LogConsumerServer,
          inject: [SETTINGS, KAFKA_CLIENT, KafkaEventLog, ProjectedPartitions],
          useFactory: (
            settings: Settings,
            kafka: Kafka,
            log: KafkaEventLog,
            assignments: ProjectedPartitions,
          ): LogConsumerServer =>
            new LogConsumerServer({
              transportId: consumer,
              groupId: `${settings.kafka.groupPrefix}-${options.group}`,
              kafka,
              log,
              assignments,
              maxEvents: settings.projector.batchEvents,
              // All that were fetched together: those of one projection share a transaction, and gather there.
              batchesAtOnce: 64,
              gatherMs: { least: 0, most: 0 },
            }),
        },
        { provide: consumer, useExisting: LogConsumerServer },
      ],
      exports: [consumer],
    };
  }

  constructor(
    @Inject(PROJECTING) { group }: ProjectingOptions,
    @Inject(LogConsumerServer) server: LogConsumerServer,
    @Inject(ProjectionStarts) starts: ProjectionStarts,
    @Inject(Readiness) readiness: Readiness,
  ) {
    readiness.add(group, () => {
      const fault = starts.fault ?? server.fault;
      if (fault) throw new Error(fault);
    });
  }
}
