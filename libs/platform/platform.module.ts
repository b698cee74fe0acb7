import { type DynamicModule, Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { ApiKeyAuthenticator } from './auth/api-key-authenticator.js';
import { AccessTokens } from './auth/access-tokens/access-tokens.js';
import { ACCESS_TOKENS, Authenticator } from './auth/authenticator.js';
import { ApiKeyUses } from './auth/api-key-uses.js';
import { SessionAuthenticator } from './auth/sessions/session-authenticator.js';
import { SessionCookie } from './auth/sessions/session-cookie.js';
import { WrongCredentials } from './auth/wrong-credentials.js';
import { Siblings } from './cluster/siblings.js';
import { HealthChecks } from './health/health-checks.js';
import { HealthController } from './health/health.controller.js';
import { Readiness } from './health/readiness.js';
import { KnownParametersGuard } from './http/known-parameters.guard.js';
import { ProblemFilter, ProblemsController } from './http/problem.filter.js';
import { validationPipe } from './http/validation.js';
import { RateLimits } from './limits/rate-limits.js';
import { RequestLimits } from './limits/request-limits.js';
import { TenantQuotas } from './limits/tenant-quotas.js';
import { USAGE_CHANNEL, type UsageChannel, UsageExchange } from './limits/usage-exchange.js';
import { Overload } from './overload/overload.js';
import { loggingModule } from './observability/logging.js';
import { MetricsController } from './observability/metrics.controller.js';
import { Sealer } from './secrets/sealer.js';
import { SETTINGS, type Settings } from './settings/settings.js';
import { NO_TRACING, TRACING, type Tracing } from './tracing/tracing.js';
import { stopTimesOf } from './process/stop-times.js';

/** Gives every app its settings, logs, metrics, health checks, API keys and error format. */
@Global()
@Module({})
export class PlatformModule {
  static register(settings: Settings, siblings: Siblings): DynamicModule {
    return {
      module: PlatformModule,
      imports: [loggingModule(settings, siblings), TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController, MetricsController, ProblemsController],
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: Siblings, useValue: siblings },
        Readiness,
        HealthChecks,
        Overload,
        TenantQuotas,
        RateLimits,
        RequestLimits,
        {
          provide: UsageExchange,
          inject: [RateLimits, { token: USAGE_CHANNEL, optional: true }],
          useFactory: (limits: RateLimits, channel?: UsageChannel) => new UsageExchange(limits, channel),
        },
        { provide: TRACING, useFactory: () => tracingOf(settings) },
        { provide: Sealer, useValue: new Sealer(settings.webhooks.encryptionKeys) },
        ApiKeyUses,
        ApiKeyAuthenticator,
        Authenticator,
        { provide: ACCESS_TOKENS, inject: [Readiness], useFactory: accessTokensOf(settings) },
        WrongCredentials,
        SessionAuthenticator,
        { provide: SessionCookie, useValue: new SessionCookie(settings) },
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_GUARD, useClass: KnownParametersGuard },
        { provide: APP_PIPE, useFactory: validationPipe },
      ],
      exports: [
        SETTINGS,
        Siblings,
        Readiness,
        HealthChecks,
        Overload,
        TenantQuotas,
        RequestLimits,
        TRACING,
        Sealer,
        ApiKeyAuthenticator,
        ACCESS_TOKENS,
        SessionAuthenticator,
        SessionCookie,
        WrongCredentials,
      ],
    };
  }
}

/** What sends spans is loaded only where it is used: it takes time and memory. */
async function tracingOf({ tracing, http }: Settings): Promise<Tracing> {
  if (!tracing) return NO_TRACING;
  const { OpenTelemetry } = await import('./tracing/open-telemetry.js');
  return OpenTelemetry.open(tracing, stopTimesOf(http.shutdownTimeoutMs).tracesMs);
}

const accessTokensOf =
  (settings: Settings) =>
  (readiness: Readiness): AccessTokens | null => {
    const tokens = AccessTokens.of(settings);
    // An issuer that is away makes nothing unready: keys still work, and so do tokens for a long time.
    if (tokens) readiness.add('token-issuer', () => tokens.notices());
    return tokens;
  };
