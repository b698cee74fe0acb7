import { Controller, Get, Inject, type OnModuleInit, Req, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ApiOperation, ApiResponse, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { HealthCheck, type HealthCheckResult, type HealthIndicatorResult } from '@nestjs/terminus';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Authenticator } from '../auth/authenticator.js';
import { bearerOf } from '../auth/credential.js';
import { Public } from '../auth/route-access.js';
import { WrongCredentials } from '../auth/wrong-credentials.js';
import { Siblings } from '../cluster/siblings.js';
import { addressShareOf } from '../http/client-address.js';
import { ProblemException } from '../http/problem.js';
import { HealthChecks } from './health-checks.js';
import { withCheckTimeout } from './readiness.js';
import { z } from 'zod';

const LIVE = 'live';
const ALIVE = { status: 'ok' };

const livenessSchema = z.object({ status: z.string() }).meta({ id: 'Liveness' });

const partSchema = z
  .object({
    status: z.enum(['up', 'down']),
    code: z
      .enum(['no-answer', 'failed', 'notices'])
      .optional()
      .describe('Why it is not ready, or `notices` if an operator should look.'),
    message: z.string().optional().describe('With an API key: the reason.'),
    notices: z.array(z.string()).optional().describe('With an API key: what an operator should know.'),
  })
  .meta({ id: 'HealthPart' });

const parts = z.record(z.string(), partSchema);

const readinessSchema = z
  .object({
    status: z.enum(['ok', 'error', 'shutting_down']),
    info: parts.optional().describe('The parts that are ready.'),
    error: parts.optional().describe('The parts that are not.'),
    details: parts.describe('All of them.'),
  })
  .meta({ id: 'Readiness' });

@Public()
@ApiTags('Operations')
@Controller('health')
export class HealthController implements OnModuleInit {
  constructor(
    @Inject(HealthChecks) private readonly checks: HealthChecks,
    @Inject(Authenticator) private readonly authenticator: Pick<Authenticator, 'principalOf'>,
    @Inject(WrongCredentials) private readonly wrongCredentials: WrongCredentials,
    @Inject(Siblings) private readonly siblings: Siblings,
    private readonly http: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    const fastify = this.http.httpAdapter.getInstance<FastifyInstance>();
    this.siblings.serve(fastify, LIVE, async () => ALIVE);
    this.checks.serve(fastify);
  }

  @Get('live')
  @ApiOperation({ operationId: 'live', summary: 'Check that the process is alive' })
  @ApiResponse({ status: 200, description: 'It is alive.', standardSchema: livenessSchema })
  async live(): Promise<{ status: string }> {
    // The supervisor restarts those that have ended.
    const others = await this.siblings.ask(LIVE);
    const hung = others.filter(({ isRunning, answer }) => isRunning && !answer);
    if (hung.length > 0) throw new ProblemException('unavailable', 'A process does not answer.');
    return ALIVE;
  }

  @Get('started')
  @ApiOperation({
    operationId: 'started',
    summary: 'Check that requests may be sent to the process',
    description:
      '`200` from when everything it depends on has been ready at once. It stays so while a server is away that all processes need alike: each then answers what it can. For load balancers.',
  })
  @ApiResponse({ status: 200, description: 'It takes requests.', standardSchema: livenessSchema })
  async started(): Promise<{ status: string }> {
    if (!(await this.checks.hasStarted()))
      throw new ProblemException('unavailable', 'The process is not ready for its first request.');
    return ALIVE;
  }

  @Get('ready')
  @ApiOperation({
    operationId: 'ready',
    summary: 'Check that everything the process depends on is ready; 503 names what is not',
    description:
      'Each part that is not ready has a code: `no-answer` or `failed`. With an API key, the answer also says why.',
  })
  @ApiSecurity('bearer')
  @ApiResponse({ status: 200, description: 'Everything is ready.', standardSchema: readinessSchema })
  @ApiResponse({ status: 503, description: 'Some parts are not ready.', standardSchema: readinessSchema })
  @HealthCheck({ swaggerDocumentation: false, noCache: true })
  async ready(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<HealthCheckResult> {
    const [result, isKnown] = await Promise.all([this.checks.check(), this.#isKnown(request)]);
    // Not a problem document: the answer lists the state of each part.
    if (result.status !== 'ok') void reply.status(503);
    return isKnown ? result : withoutReasons(result);
  }

  /** A key that cannot be looked up counts as unknown. */
  async #isKnown(request: FastifyRequest): Promise<boolean> {
    const credential = bearerOf(request.headers);
    if (credential === undefined) return false;
    const share = (): string => addressShareOf(request);
    try {
      if (await withCheckTimeout(() => this.authenticator.principalOf(credential, share))) return true;
    } catch {
      return false;
    }
    await this.wrongCredentials.slowDown(share(), request.signal);
    return false;
  }
}

/** Reduces a health result to a code for each part, because error texts would reveal addresses and names. */
function withoutReasons({ status, info, error, details }: HealthCheckResult): HealthCheckResult {
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
