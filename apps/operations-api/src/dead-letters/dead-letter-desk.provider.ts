import type { FactoryProvider } from '@nestjs/common';
import { DeadLetterDesk } from '#libs/operations/core';
import { failedMails, ParkedWebhooks, StoppedProjections, stuckProcesses } from '#libs/operations/postgres';
import { PrismaService } from '#libs/postgres';
import { ProjectionCommands } from '#libs/projections/postgres';
import { ProcessRetries } from './process-retries.js';

/** The dead letters of all kinds. */
export const DEAD_LETTERS: FactoryProvider<DeadLetterDesk> = {
  provide: DeadLetterDesk,
  inject: [PrismaService, ProjectionCommands, ProcessRetries],
  useFactory: (prisma: PrismaService, commands: ProjectionCommands, processes: ProcessRetries) =>
    new DeadLetterDesk([
      new ParkedWebhooks(prisma),
      stuckProcesses(prisma, (letters, actor) => processes.retry(letters, actor)),
      new StoppedProjections(commands),
      failedMails(prisma),
    ]),
};
