import { type DynamicModule, Logger } from '@nestjs/common';
import { LoggerModule, PinoLogger } from 'nestjs-pino';
import type { Settings } from '../settings/settings.js';
import { loggedError } from './logged-error.js';
import { redactSecrets } from './redact-secrets.js';

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
      serializers: { err: (error: unknown) => loggedError(error) },
      // Ours is given the error itself.
      wrapSerializers: false,
      hooks: {
        logMethod(values, write) {
          const [first, ...others] = values.map(cleaned) as typeof values;
          write.call(this, first, ...others);
        },
      },
    },
  });

/** Messages are made of errors' texts, among others. */
const cleaned = (value: unknown): unknown => (typeof value === 'string' ? redactSecrets(value) : value);

/** Writes lines of which every field is known to be no secret, thousands a second. */
export class WideLog {
  readonly #context: string;
  #lines: Pick<PinoLogger['logger'], 'info' | 'warn'> | undefined;

  constructor(context: string) {
    this.#context = context;
  }

  info(line: object): void {
    (this.#lines ?? this.#open()).info(line);
  }

  warn(line: object): void {
    (this.#lines ?? this.#open()).warn(line);
  }

  /** To look for secrets in a line takes longer than to write it. */
  #open(): Pick<PinoLogger['logger'], 'info' | 'warn'> {
    const { root } = PinoLogger as { root?: PinoLogger['logger'] };
    if (root) return (this.#lines = root.child({ context: this.#context }, { redact: [] }));
    // Where no app was made, as in tests.
    const logger = new Logger(this.#context);
    return { info: (line: object) => logger.log(line), warn: (line: object) => logger.warn(line) };
  }
}
