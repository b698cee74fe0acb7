import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { register } from 'prom-client';
import { isSampledTrace, parseTraceparent } from '#libs/kernel';
import { loadSettings } from '../settings/settings.js';
import { OpenTelemetry } from './open-telemetry.js';
import { NO_TRACING } from './tracing.js';

const FLUSH_MS = 5_000;

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SAMPLED = `00-${TRACE}-b7ad6b7169203331-01`;
const UNSAMPLED = `00-${TRACE}-b7ad6b7169203331-00`;

/** A port on which nobody listens. */
const NOBODY = 'http://127.0.0.1:9';

async function open(more: Record<string, string> = {}): Promise<OpenTelemetry> {
  const { tracing } = loadSettings({
    OTEL_EXPORTER_OTLP_ENDPOINT: NOBODY,
    OTEL_EXPORTER_OTLP_TIMEOUT: '100',
    ...more,
  });
  const opened = await OpenTelemetry.open(tracing!, FLUSH_MS);
  onTestEnd.push(() => opened.onApplicationShutdown());
  return opened;
}

const onTestEnd: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(onTestEnd.splice(0).map((end) => end()));
});

const droppedSpans = async (reason: string): Promise<number> => {
  const { values } = await register.getSingleMetric('orderstream_trace_spans_dropped_total')!.get();
  return values.find(({ labels }) => labels['reason'] === reason)?.value ?? 0;
};

describe('whether a span is recorded', () => {
  const outside = { isFromOutside: true } as const;
  const share = async (sampler: string, rate: string, parent: string | null): Promise<number> => {
    const tracing = await open({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: rate });
    const spans = Array.from({ length: 1_000 }, () => tracing.start('x', { parent, ...outside }));
    return spans.filter(({ isRecorded }) => isRecorded).length / spans.length;
  };

  it.each([
    ['always_on', '0', UNSAMPLED, 1],
    ['always_off', '1', SAMPLED, 0],
    ['parentbased_always_on', '0', null, 1],
    ['parentbased_always_on', '0', UNSAMPLED, 0],
    ['parentbased_always_off', '1', SAMPLED, 1],
    ['parentbased_always_off', '1', null, 0],
    ['parentbased_traceidratio', '0', SAMPLED, 1],
    ['parentbased_traceidratio', '1', UNSAMPLED, 0],
    ['parentbased_traceidratio', '0', null, 0],
  ])('is decided by %s %s for %s', async (sampler, rate, parent, expected) => {
    expect(await share(sampler, rate, parent)).toBe(expected);
  });

  it('follows the rate, and not a trace id that a client has chosen', async () => {
    const chosen = `00-${'0'.repeat(31)}1-b7ad6b7169203331-01`;
    for (const parent of [null, chosen]) {
      const found = await share('traceidratio', '0.2', parent);
      expect(found).toBeGreaterThan(0.1);
      expect(found).toBeLessThan(0.3);
    }
  });

  it('is decided once for a trace: what follows is recorded as it began', async () => {
    const tracing = await open({ OTEL_TRACES_SAMPLER: 'always_off' });
    expect(tracing.start('x', { parent: SAMPLED }).isRecorded).toBe(true);
    expect(tracing.start('x', { parent: UNSAMPLED }).isRecorded).toBe(false);
    expect(tracing.start('x', { parent: null, isRecorded: true }).isRecorded).toBe(true);
  });
});

describe('the context of a span', () => {
  it('is a span of the trace that it continues', async () => {
    const { traceparent } = (await open()).start('x', { parent: SAMPLED });
    expect(traceparent).toMatch(new RegExp(`^00-${TRACE}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`));
  });

  it('says so where nothing is recorded', async () => {
    const tracing = await open({ OTEL_TRACES_SAMPLER: 'always_off' });
    const { traceparent } = tracing.start('x', { parent: SAMPLED, isFromOutside: true });
    expect(traceparent).toBe(UNSAMPLED);
    const begun = tracing.start('x', { parent: null }).traceparent;
    expect(parseTraceparent(begun)).toBeDefined();
    expect(isSampledTrace(begun)).toBe(false);
  });

  it('begins a trace of its own for one that is broken', async () => {
    const { traceparent } = (await open()).start('x', { parent: '00-broken' });
    expect(parseTraceparent(traceparent)?.isSampled).toBe(true);
  });

  it('is what was given while tracing is off', () => {
    for (const parent of [SAMPLED, UNSAMPLED, null])
      expect(NO_TRACING.start('x', { parent }).traceparent).toBe(parent);
  });
});

describe('a collector', () => {
  const endMany = (tracing: OpenTelemetry, count: number): void => {
    for (let index = 0; index < count; index++) tracing.start('x', { parent: null }).end();
  };

  it('that is away costs no more than its queue, and what is lost is counted', async () => {
    const before = await droppedSpans('queue');
    endMany(await open({ OTEL_BSP_MAX_QUEUE_SIZE: '100', OTEL_BSP_SCHEDULE_DELAY: '60000' }), 1_000);
    expect((await droppedSpans('queue')) - before).toBe(800);
  });

  it('that hangs delays no end of the process beyond its time', async () => {
    const hanging: Server = createServer(() => undefined);
    await new Promise<void>((resolve) => {
      hanging.listen(0, '127.0.0.1', resolve);
    });
    const { port } = hanging.address() as AddressInfo;
    const before = await droppedSpans('export');
    const tracing = await open({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
    endMany(tracing, 10);
    await tracing.onApplicationShutdown();
    expect((await droppedSpans('export')) - before).toBe(10);
    hanging.closeAllConnections();
    hanging.close();
  });
});
