import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Settings } from '../settings/settings.js';

/** Never in a log, wherever it stands: secrets and what signs or opens. */
const SECRETS = ['*.authorization', '*.secret', '*.secrets', '*.apiKey', '*.password'];

/** One JSON object a line. Requests are logged by {@link observeRequests}, which knows their routes. */
export const loggingModule = (settings: Settings): DynamicModule =>
  LoggerModule.forRoot({
    forRoutes: [],
    pinoHttp: {
      level: settings.logLevel,
      base: {},
      redact: { paths: SECRETS, censor: '[redacted]' },
    },
  });
