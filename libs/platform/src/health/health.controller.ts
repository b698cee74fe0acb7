import { Controller, Get, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  HealthCheck,
  type HealthCheckResult,
  HealthCheckService,
  HealthIndicatorService,
} from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { Public } from '../auth/api-key.guard.js';
import { Readiness, type ReadinessCheck } from './readiness.js';

/** A check that hangs is a check that failed. */
const CHECK_TIMEOUT_MS = 2_000;

@Public()
@ApiTags('Operations')
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly readiness: Readiness,
  ) {}

  @Get('live')
  @ApiOperation({ operationId: 'live', summary: 'Whether the process answers' })
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({
    operationId: 'ready',
    summary: 'Whether everything that the process needs answers; 503 names what does not',
  })
  @HealthCheck()
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthCheckResult> {
    try {
      return await this.#checkAll();
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      // Not a problem document: what is well and what is not is the answer.
      void reply.status(503);
      return error.getResponse() as HealthCheckResult;
    }
  }

  #checkAll(): Promise<HealthCheckResult> {
    return this.health.check(
      [...this.readiness.checks].map(([name, check]) => async () => {
        const indicator = this.indicators.check(name);
        try {
          await withTimeout(check);
          return indicator.up();
        } catch (error) {
          return indicator.down((error as Error).message);
        }
      }),
    );
  }
}

async function withTimeout(check: ReadinessCheck): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([check(), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
