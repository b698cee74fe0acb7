import { Module } from '@nestjs/common';
import { ACT_LOG } from '#libs/platform';
import { PrismaService } from '#libs/postgres';
import { AuditOutbox } from './audit-outbox.js';

/** Lets an app record acts, which its routes may be. */
@Module({
  providers: [
    {
      provide: AuditOutbox,
      inject: [PrismaService],
      useFactory: ({ pool }: PrismaService) => new AuditOutbox(pool),
    },
    { provide: ACT_LOG, useExisting: AuditOutbox },
  ],
  exports: [AuditOutbox],
})
export class AuditOutboxModule {}
