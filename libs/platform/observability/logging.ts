import { type DynamicModule, Logger } from '@nestjs/common';
import { LoggerModule, PinoLogger } from 'nestjs-pino';
import { symbols } from 'pino';
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

/**
 * Writes thousands of lines a second whose fields cannot contain secrets. They reach the log up to {@link GATHER_MS} after
 * other lines of the same moment.
 */
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
    if (root) {
      const lines = root.child({ context: this.#context }, { redact: [] });
      const written = lines as unknown as { [symbols.streamSym]: LineStream };
      written[symbols.streamSym] = new GatheredLines(written[symbols.streamSym]);
      return (this.#lines = lines);
    }
    // Without an app, as in tests.
    const logger = new Logger(this.#context);
    return { info: (line: object) => logger.log(line), warn: (line: object) => logger.warn(line) };
  }
}

interface LineStream {
  write(lines: string): unknown;
}

const GATHER_MS = 20;
/** What the stream of the log writes at once. */
const MOST_CHARS = 16_000;

/** With lines that are not written yet. */
const unwritten = new Set<GatheredLines>();
let isFlushedAtExit = false;

/** Writes lines of about the same time together, because each write is a system call and takes longer than the line. */
export class GatheredLines implements LineStream {
  #lines = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly stream: LineStream) {
    if (isFlushedAtExit) return;
    isFlushedAtExit = true;
    process.on('exit', () => {
      for (const lines of unwritten) lines.flush();
    });
  }

  write(line: string): void {
    this.#lines += line;
    unwritten.add(this);
    if (this.#lines.length >= MOST_CHARS) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), GATHER_MS).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    unwritten.delete(this);
    const lines = this.#lines;
    this.#lines = '';
    if (lines !== '') this.stream.write(lines);
  }
}
