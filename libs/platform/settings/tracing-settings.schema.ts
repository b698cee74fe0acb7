import { z } from 'zod';
import { flag, integer, url } from './setting-values.js';

/** As OpenTelemetry has lists in environment variables: `name=value`, separated by commas, percent-encoded. */
const PAIRS_RULE = 'must be name=value, several separated by commas, percent-encoded';

const pairs = z.string().transform((text, context) => {
  const found: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=');
    const [name, value] = [decoded(pair.slice(0, Math.max(at, 0))), decoded(pair.slice(at + 1))];
    if (!name || value === undefined) {
      context.addIssue(PAIRS_RULE);
      return z.NEVER;
    }
    found[name] = value;
  }
  return found;
});

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return undefined;
  }
}

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** Settings of tracing, named as OpenTelemetry names them. */
export const tracingSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http:', 'https:')
    .optional()
    .describe(
      'Collector of traces, by OTLP over HTTP, such as http://127.0.0.1:4318; /v1/traces is added. Without it, tracing is ' +
        'off. See docs/tracing.md.',
    ),
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .enum(['http/protobuf', 'http/json'], 'must be http/protobuf or http/json')
    .default('http/protobuf')
    .describe('How spans are encoded: http/protobuf or http/json.'),
  OTEL_EXPORTER_OTLP_HEADERS: pairs
    .optional()
    .describe('Headers for the collector, such as keys: name=value, separated by commas, percent-encoded.'),
  OTEL_EXPORTER_OTLP_TIMEOUT: integer(100, 60_000)
    .default(10_000)
    .describe(
      'Longest wait for the collector, in milliseconds; spans that it has not taken by then are dropped.',
    ),
  OTEL_SERVICE_NAME: z.string().min(1).max(255).optional().describe('Name in traces. Default: orderstream.'),
  OTEL_RESOURCE_ATTRIBUTES: pairs
    .optional()
    .describe(
      'Attributes of all spans, such as deployment.environment.name=production: name=value, separated by commas, ' +
        'percent-encoded.',
    ),
  OTEL_TRACES_SAMPLER: z
    .enum(SAMPLERS, `must be one of ${SAMPLERS.join(', ')}`)
    .default('parentbased_always_on')
    .describe(
      'Which traces are recorded: always_on, always_off, traceidratio, or one of them with parentbased_ before it, which ' +
        'follows callers with a key that send a traceparent.',
    ),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .refine((text) => /^\d*\.?\d+$/.test(text) && Number(text) <= 1, 'must be a number from 0 to 1')
    .transform(Number)
    .optional()
    .describe('Share of traces that a traceidratio sampler records, from 0 to 1. Default: 1.'),
  OTEL_BSP_MAX_QUEUE_SIZE: integer(1, 1_000_000)
    .default(8_192)
    .describe('Most spans of a process that wait for the collector, about 2 KB each; more are dropped.'),
  OTEL_BSP_SCHEDULE_DELAY: integer(10, 60_000)
    .default(1_000)
    .describe('Longest time that a span waits for others to be sent with, in milliseconds.'),
  OTEL_SDK_DISABLED: flag.default(false).describe('Switches tracing off, whatever else is set.'),
};

type TracingEnvironment = z.infer<z.ZodObject<typeof tracingSettings>>;

/** `undefined` while tracing is off. */
export const tracingSettingsOf = (env: TracingEnvironment) =>
  env.OTEL_EXPORTER_OTLP_ENDPOINT === undefined || env.OTEL_SDK_DISABLED
    ? undefined
    : {
        url: `${env.OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/+$/, '')}/v1/traces`,
        protocol: env.OTEL_EXPORTER_OTLP_PROTOCOL,
        /** May be secret. */
        headers: env.OTEL_EXPORTER_OTLP_HEADERS ?? {},
        timeoutMs: env.OTEL_EXPORTER_OTLP_TIMEOUT,
        serviceName: env.OTEL_SERVICE_NAME ?? env.OTEL_RESOURCE_ATTRIBUTES?.['service.name'] ?? 'orderstream',
        resource: env.OTEL_RESOURCE_ATTRIBUTES ?? {},
        sampler: { name: env.OTEL_TRACES_SAMPLER, rate: env.OTEL_TRACES_SAMPLER_ARG ?? 1 },
        maxQueued: env.OTEL_BSP_MAX_QUEUE_SIZE,
        delayMs: env.OTEL_BSP_SCHEDULE_DELAY,
      };
