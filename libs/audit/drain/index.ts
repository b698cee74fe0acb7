import { Module } from '@nestjs/common';
import { AuditDraining } from './audit-draining.js';

export { AuditDrain } from './audit-drain.js';

/** Needs the commanding module, and executes or forwards the commands of acts. */
@Module({ providers: [AuditDraining] })
export class AuditDrainModule {}
