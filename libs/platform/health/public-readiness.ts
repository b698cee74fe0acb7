import type { HealthCheckResult, HealthIndicatorResult } from '@nestjs/terminus';

/** Reduces a health result to a code for each part, because error texts would reveal addresses and names. */
export function withoutReasons({ status, info, error, details }: HealthCheckResult): HealthCheckResult {
  return {
    status,
    ...(info && { info: bare(info) }),
    ...(error && { error: bare(error) }),
    details: bare(details),
  };
}

const bare = (parts: Partial<HealthIndicatorResult>): HealthIndicatorResult =>
  Object.fromEntries(
    Object.entries(parts).flatMap(([name, part]) => (part ? [[name, bareOf(part)] as const] : [])),
  );

const bareOf = ({ status, code }: HealthIndicatorResult[string]) => ({
  status,
  ...(typeof code === 'string' && { code }),
});
