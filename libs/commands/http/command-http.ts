import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { v5 } from 'uuid';
import type { AcceptedCommand, CommandRequest, ExpectedVersion } from '#libs/event-store/core';
import { canonicalJson, formatPosition, newId, POSITION_PATTERN } from '#libs/kernel';
import {
  type Principal,
  ApiProblems,
  bodySizeOf,
  callerOf,
  etagHeader,
  invalidRequest,
  locationHeader,
  requestIdentity,
} from '#libs/platform';
import { IF_MATCH_PATTERN, parseIfMatch } from './if-match.js';
import { applyDecorators, createParamDecorator, type ExecutionContext, HttpCode } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';

const ID_NAMESPACE = 'd9b2d63d-a233-4123-847a-7090a5d5f3c1';
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
/** Memory used by a command besides its body. */
const COMMAND_BYTES = 1_000;

/** Reads the `Idempotency-Key` header, `undefined` if absent. @throws ProblemException if malformed */
export function idempotencyKey({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && IDEMPOTENCY_KEY.test(key)) return key;
  throw invalidRequest([
    { path: ['Idempotency-Key'], message: 'must be 1 to 255 printable ASCII characters without spaces' },
  ]);
}

/** Reads the `If-Match` header, `undefined` if absent. @throws ProblemException if malformed */
function expectedVersion({ headers }: Pick<FastifyRequest, 'headers'>): ExpectedVersion | undefined {
  const ifMatch = headers['if-match'];
  if (ifMatch === undefined) return undefined;
  const expected = parseIfMatch(ifMatch);
  if (expected !== undefined) return expected;
  const message = 'must be * or a comma-separated list of entity tags, such as "3", as in the ETag';
  throw invalidRequest([{ path: ['If-Match'], message }]);
}

/** Where a command comes from, and where its answer goes. */
export interface CommandOrigin {
  readonly caller: Principal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Injects the {@link CommandOrigin} of a request. */
export const Origin = createParamDecorator((_: unknown, context: ExecutionContext): CommandOrigin => {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  return { caller: callerOf(request), request, reply: http.getResponse<FastifyReply>() };
});

export interface CommandSource extends Omit<CommandOrigin, 'reply'> {
  readonly key: string | undefined;
  readonly bytes: number;
}

export const sourceOf = ({ request, caller }: CommandOrigin): CommandSource => ({
  request,
  caller,
  key: idempotencyKey(request),
  bytes: COMMAND_BYTES + bodySizeOf(request),
});

export const sourceOfItem = (source: CommandSource, bytes: number): CommandSource => ({
  ...source,
  bytes: COMMAND_BYTES + bytes,
});

/** What a retry under the same key must ask for again. */
export interface AskedFor {
  /** The client's part of the command, without what the server added, such as generated values. */
  readonly asked: unknown;
  /** What earlier releases took for it, if that is not the same. */
  readonly formerly?: unknown;
}

/** Builds a command for an existing stream id, with the idempotency key and expected version from the headers. */
export const commandRequest = <Command>(
  origin: CommandOrigin,
  streamId: string,
  command: Command,
  asked: AskedFor = { asked: command },
): CommandRequest<Command> => ({
  ...requestFor(sourceOf(origin), streamId, command, asked),
  expectedVersion: expectedVersion(origin.request),
});

/**
 * Builds a command that creates a stream. With a key, the id derives from tenant, resource and key, so a retry finds the
 * first attempt's stream; without one, the id is new.
 * @param asked by default the command
 * @param makeId makes the id of a request without a key
 */
export function createRequest<Command>(
  source: CommandSource,
  resource: string,
  commandFor: (id: string) => Command,
  asked: (command: Command) => AskedFor = (command) => ({ asked: command }),
  makeId = newId,
): CommandRequest<Command> {
  const id = createdId(source, resource, makeId);
  const command = commandFor(id);
  return { ...requestFor(source, id, command, asked(command)), newStream: source.key === undefined };
}

/** The id of what a request creates: the same on each retry under its key, otherwise new. */
export const createdId = (
  { key, caller }: Pick<CommandSource, 'key' | 'caller'>,
  resource: string,
  makeId = newId,
): string =>
  key === undefined ? makeId() : v5(JSON.stringify([caller.tenant, resource, key]), ID_NAMESPACE);

function requestFor<Command>(
  { request, caller: { tenant, actor }, key, bytes }: CommandSource,
  streamId: string,
  command: Command,
  { asked, formerly }: AskedFor,
): CommandRequest<Command> {
  return {
    streamId,
    command,
    bytes,
    tenant,
    actor,
    commandId: key,
    // Canonical, so the order of fields does not matter. Without a key the hash is never compared.
    requestHash: hashOf(key === undefined ? JSON.stringify(asked) : canonicalJson(asked)),
    ...(key !== undefined && formerly !== undefined && { formerHash: hashOf(canonicalJson(formerly)) }),
    causationId: null,
    ...requestIdentity(request),
  };
}

const hashOf = (text: string): string => hash('sha256', text, 'base64url');

/** Headers of each answer to a command, for the API description. */
export const commandAnswerHeaders = {
  ...etagHeader,
  'Orderstream-Position': {
    description: 'Position of the last event in the log: `<topic>/<partition>@<offset>`.',
    schema: { type: 'string' as const, pattern: POSITION_PATTERN },
  },
};

export function sendAccepted({ reply }: CommandOrigin, { stream, position }: AcceptedCommand<unknown>): void {
  void reply.header('etag', `"${stream.version}"`).header('orderstream-position', formatPosition(position));
}

export const ApiIdempotencyKey = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'Makes retries safe: a key takes effect once, and a repeat gets the first response again. ' +
        'Reuse with a different request gets 422. 1 to 255 printable ASCII characters.',
      schema: { type: 'string', pattern: IDEMPOTENCY_KEY.source },
    }),
    ApiProblems(409, 422),
  );

const ApiCommandHeaders = (): MethodDecorator =>
  applyDecorators(
    ApiIdempotencyKey(),
    ApiHeader({
      name: 'If-Match',
      required: false,
      description:
        'The version that the resource must have, as in its ETag, or a comma-separated list; `*` for any. ' +
        'Otherwise 412. A weak tag (`W/"3"`) never matches.',
      schema: { type: 'string', pattern: IF_MATCH_PATTERN },
    }),
    ApiProblems(412),
  );

/** A command to an existing resource: its headers, and the status and schema of its answer; `undefined` for no body. */
export const AnswersCommand = (
  status: number,
  answer: z.ZodType | undefined,
  description?: string,
  moreHeaders: ReturnType<typeof locationHeader> | Record<string, never> = {},
): MethodDecorator =>
  applyDecorators(
    HttpCode(status),
    ApiCommandHeaders(),
    ApiResponse({
      status,
      ...(description && { description }),
      ...(answer && { standardSchema: answer }),
      headers: { ...commandAnswerHeaders, ...moreHeaders },
    }),
  );

/** A command that creates a resource. @param path of the resource, with `{id}` in place of its id */
export const AnswersCreation = (answer: z.ZodType, what: string, path: string): MethodDecorator =>
  applyDecorators(
    ApiIdempotencyKey(),
    ApiResponse({
      status: 201,
      standardSchema: answer,
      headers: { ...commandAnswerHeaders, ...locationHeader(what, path) },
    }),
  );
