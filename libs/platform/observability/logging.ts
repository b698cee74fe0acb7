import { type DynamicModule, Logger } from '@nestjs/common';
import { LoggerModule, PinoLogger } from 'nestjs-pino';
import type { Siblings } from '../cluster/siblings.js';
import type { Settings } from '../settings/settings.js';
import { loggedError } from './logged-error.js';
import { redactSecrets } from './redact-secrets.js';

/** Redacts secrets that are logged by mistake, down to three levels. */
const SECRETS = ['authorization', 'cookie', 'secret', 'secrets', 'apiKey', 'password'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
]);

/** One JSON object a line. Requests are logged by {@link observeRequests}, which knows their routes. */
export const loggingModule = (
  settings: Settings,
  { isAlone, number }: Pick<Siblings, 'isAlone' | 'number'>,
): DynamicModule =>
  LoggerModule.forRoot({
    forRoutes: [],
    pinoHttp: {
      level: settings.logLevel,
      base: isAlone ? {} : { process: number },
      redact: { paths: SECRETS, censor: '[redacted]' },
      serializers: { err: (error: unknown) => loggedError(error) },
      // Our serializer receives the error itself.
      wrapSerializers: false,
      hooks: {
        logMethod(values, write) {
          const [first, ...others] = values.map(cleaned) as typeof values;
          write.call(this, first, ...others);
        },
      },
    },
  });

/** Messages may contain the texts of errors. */
const cleaned = (value: unknown): unknown => (typeof value === 'string' ? redactSecrets(value) : value);

/** Writes thousands of lines a second whose fields cannot contain secrets. */
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

  /** Skips redaction, which takes longer than writing the line. */
  #open(): Pick<PinoLogger['logger'], 'info' | 'warn'> {
    const { root } = PinoLogger as { root?: PinoLogger['logger'] };
    if (root) return (this.#lines = root.child({ context: this.#context }, { redact: [] }));
    // Without an app, as in tests.
    const logger = new Logger(this.#context);
    return { info: (line: object) => logger.log(line), warn: (line: object) => logger.warn(line) };
  }
}
