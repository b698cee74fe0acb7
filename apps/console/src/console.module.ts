import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { AuditOutboxModule } from '#libs/audit/postgres';
import * as controllers from './controllers.js';
import { IssuerClient } from './oidc/issuer-client.js';
import { ConsolePage, PAGE_FOLDER } from './page/console-page.js';
import { DevelopmentKey } from './session/development-key.js';
import { KeyLogIn } from './session/key-log-in.js';
import { SessionBeginning } from './session/session-beginning.js';

/** Beside the built code of the apps. */
const BUILT_PAGE = join(import.meta.dirname, '../../../console');

/** The page of the console, and the sessions of those who use it. */
@Module({
  imports: [AuditOutboxModule],
  controllers: Object.values(controllers),
  providers: [
    ConsolePage,
    { provide: PAGE_FOLDER, useValue: BUILT_PAGE },
    KeyLogIn,
    DevelopmentKey,
    SessionBeginning,
    IssuerClient,
  ],
})
export class ConsoleModule {}
