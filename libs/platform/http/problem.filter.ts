import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  HttpException,
  Inject,
  Logger,
  Optional,
  Param,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SEND_JSON } from './json-body.js';
import { ProblemException } from './problem.js';
import { isProblemCode, type ProblemCode, PROBLEMS } from './problem-codes.js';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../auth/route-access.js';

const CODE_OF_STATUS: Readonly<Record<number, ProblemCode>> = {
  400: 'malformed-request',
  401: 'unauthorized',
  404: 'not-found',
  413: 'body-too-large',
  415: 'unsupported-media-type',
  503: 'unavailable',
};

/** Injection token of {@link IsOutage}. */
export const IS_OUTAGE = Symbol('is-outage');

/** Whether an error means that one of our servers is unavailable (`503`) rather than a fault of the code. */
export type IsOutage = (error: unknown) => boolean;

/** Turns any exception into a problem document. Unexpected errors are logged, and their texts are not sent. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger = new Logger(ProblemFilter.name);

  constructor(@Optional() @Inject(IS_OUTAGE) private readonly isOutage: IsOutage = () => false) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const problem = this.#problemOf(thrown);
    if (problem.code === 'internal-error') this.#logger.error({ err: thrown, requestId: request.id });
    answerProblem(problem, request, http.getResponse<FastifyReply>());
  }

  #problemOf(thrown: unknown): ProblemException {
    // Our own exceptions may repeat a client's text, which must not be mistaken for an outage.
    const isOurs = thrown instanceof ProblemException || thrown instanceof HttpException;
    return !isOurs && this.isOutage(thrown) ? databaseUnavailable(thrown) : toProblem(thrown);
  }
}

/** Sends the document with the headers that belong to it. */
export function answerProblem(problem: ProblemException, request: FastifyRequest, reply: FastifyReply): void {
  if (problem.retryAfterSeconds !== undefined) void reply.header('retry-after', problem.retryAfterSeconds);
  if (problem.status === 401) void reply.header('www-authenticate', challengeOf(problem));
  void reply.status(problem.status).type('application/problem+json').send(problem.toBody(request.url));
}

const challengeOf = ({ challenge, message }: ProblemException): string =>
  challenge ? `Bearer error="${challenge}", error_description="${message}"` : 'Bearer';

export const databaseUnavailable = (cause?: unknown): ProblemException =>
  new ProblemException('unavailable', 'The database does not answer now.', { cause });

/** What our hooks, Nest or Fastify have thrown, as a problem. */
export function toProblem(thrown: unknown): ProblemException {
  if (thrown instanceof ProblemException) return thrown;
  const status = statusOf(thrown);
  const code = CODE_OF_STATUS[status] ?? (status >= 400 && status < 500 ? 'malformed-request' : undefined);
  if (!code)
    return new ProblemException('internal-error', 'The server failed to process the request.', {
      cause: thrown,
    });
  // The framework's message does not say what to send instead.
  const detail = code === 'unsupported-media-type' ? SEND_JSON : (thrown as Error).message;
  return new ProblemException(code, detail, { cause: thrown });
}

/** 0 without a status. Nest's exceptions have `getStatus`, Fastify's errors `statusCode`. */
function statusOf(thrown: unknown): number {
  if (thrown instanceof HttpException) return thrown.getStatus();
  const { statusCode } = (thrown ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : 0;
}

/** Serves the `type` links of problem documents. */
@Public()
@ApiExcludeController()
@Controller('problems')
export class ProblemsController {
  @Get()
  list(): unknown {
    return PROBLEMS;
  }

  @Get(':code')
  explain(@Param('code') code: string): unknown {
    if (!isProblemCode(code)) throw new ProblemException('not-found', 'There is no such problem code.');
    return { code, ...PROBLEMS[code] };
  }
}
