import type { HealthCheckResult, HealthIndicatorResult } from '@nestjs/terminus';

/** What anybody may know: which parts are well, and a code for each that is not. Texts tell of addresses and names. */
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
