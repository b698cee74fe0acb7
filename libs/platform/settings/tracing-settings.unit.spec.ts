import { loadSettings, SettingsError } from './settings.js';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' };

describe('the settings of tracing', () => {
  it('are off without a collector, and when they are switched off', () => {
    expect(loadSettings({ OTEL_SERVICE_NAME: 'shop' }).tracing).toBeUndefined();
    expect(loadSettings({ ...ENDPOINT, OTEL_SDK_DISABLED: 'true' }).tracing).toBeUndefined();
  });

  it('are those of OpenTelemetry', () => {
    const settings = loadSettings({
      ...ENDPOINT,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20secret, x-scope=a%2Cb',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=orders,deployment.environment.name=staging',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.1',
    });
    expect(settings.tracing).toMatchObject({
      url: 'http://collector:4318/v1/traces',
      headers: { authorization: 'Bearer secret', 'x-scope': 'a,b' },
      serviceName: 'orders',
      resource: { 'deployment.environment.name': 'staging' },
      sampler: { name: 'parentbased_traceidratio', rate: 0.1 },
    });
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'Bearer secret'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'key=%E0%A4%A'],
    ['OTEL_RESOURCE_ATTRIBUTES', '=staging'],
    ['OTEL_TRACES_SAMPLER', 'jaeger_remote'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
    ['OTEL_TRACES_SAMPLER_ARG', '10 %'],
  ])('refuse %s=%s without repeating it', (name, value) => {
    const refused = () => loadSettings({ ...ENDPOINT, [name]: value });
    expect(refused).toThrow(SettingsError);
    expect(refused).toThrow(new RegExp(`${name}: must be`));
    expect(refused).not.toThrow(new RegExp(`secret`));
  });
});
