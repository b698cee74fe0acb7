import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Settings } from '../settings/settings.js';

/** Secrets are never logged on purpose. Should one be by mistake, it is blotted out down to three levels. */
const SECRETS = ['authorization', 'cookie', 'secret', 'secrets', 'apiKey', 'password'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
]);

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
