import autocannon from 'autocannon';
import { MeasuredWindow, type Span } from './measurement.js';
import { serveJobs } from './worker.js';

/** One request, sent again and again on each connection. */
export interface HttpJob extends Span {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly connections: number;
  /** Events that one request stands for: so often must a batch's answer tell of one that was created. */
  readonly eventsEach: number;
}

const CREATED = '"status":201';

async function load({ eventsEach, rampMs, measuredMs, ...request }: HttpJob) {
  const window = new MeasuredWindow({ rampMs, measuredMs }, eventsEach);
  const options: autocannon.Options = {
    ...request,
    method: 'POST',
    timeout: 20,
    // It ends when we say so.
    duration: 3_600,
    ...(eventsEach > 1 && {
      verifyBody: (body: unknown) => {
        if (createdIn(String(body)) !== eventsEach) window.failed('refused in a batch');
        return true;
      },
    }),
  };
  const ended = new Promise<void>((resolve, reject) => {
    const instance = autocannon(options, (error: Error | null) => (error ? reject(error) : resolve()));
    instance.on('response', (_client, status, _bytes, durationMs) => {
      // Given as text, whatever the types say.
      if (String(status).startsWith('2')) window.succeeded(durationMs);
      else window.failed(String(status));
    });
    instance.on('reqError', (error: NodeJS.ErrnoException) => window.failed(error.code ?? error.message));
    setTimeout(() => instance.stop(), rampMs + measuredMs);
  });
  await ended;
  return window.result();
}

const createdIn = (body: string): number => body.split(CREATED).length - 1;

serveJobs(load);
