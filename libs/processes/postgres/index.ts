import { Module } from '@nestjs/common';
import { FeederCheckpointRepository } from './feeder-checkpoint.repository.js';
import { ProcessIndexRepository } from './process-index.repository.js';

export { FeederCheckpointRepository, ProcessIndexRepository };

const TABLES = [FeederCheckpointRepository, ProcessIndexRepository];

/** The tables of the process managers. */
@Module({ providers: TABLES, exports: TABLES })
export class ProcessTablesModule {}
