import type { DynamicModule } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { LoggerModule } from 'nestjs-pino';
import type { Settings } from '../settings/settings.js';

/** Never in a log, wherever it stands: secrets and what signs or opens. */
const SECRETS = ['req.headers.authorization', 'req.headers.cookie', '*.secret', '*.apiKey', '*.password'];

/** One JSON line a request, with ids and times and without bodies. */
export const loggingModule = (settings: Settings): DynamicModule =>
  LoggerModule.forRoot({
    pinoHttp: {
      level: settings.logLevel,
      base: {},
      redact: { paths: SECRETS, censor: '[redacted]' },
      // Fastify has made the id already, from X-Request-Id or afresh.
      genReqId: (request) => (request as unknown as FastifyRequest).id,
      quietReqLogger: true,
      customLogLevel: (_request, response, error) => {
        if (error || response.statusCode >= 500) return 'error';
        return response.statusCode >= 400 ? 'info' : 'debug';
      },
      serializers: {
        req: ({ method, url, id }: { method: string; url: string; id: string }) => ({ method, url, id }),
        res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
      },
    },
  });
