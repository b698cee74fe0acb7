import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { v5 } from 'uuid';
import type { AcceptedCommand, CommandRequest, ExpectedVersion } from '#libs/event-store';
import { canonicalJson, formatPosition, newId, POSITION_PATTERN } from '#libs/kernel';
import { type ApiKeyOwner, bodySizeOf, etagHeader, invalidRequest, requestIdentity } from '#libs/platform';
import { parseIfMatch } from './if-match.js';

/** Everything that our ids are made from by UUIDv5 lives in this namespace. */
const ID_NAMESPACE = 'd9b2d63d-a233-4123-847a-7090a5d5f3c1';
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
/** What a command takes beside its body. */
const COMMAND_BYTES = 1_000;

/** The header's key; `undefined` without one. @throws ProblemException for one that is malformed. */
export function idempotencyKey({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && IDEMPOTENCY_KEY.test(key)) return key;
  throw invalidRequest([
    { path: ['Idempotency-Key'], message: 'must be 1 to 255 printable ASCII characters without spaces' },
  ]);
}

/** What `If-Match` asks for; `undefined` without the header. @throws ProblemException for one that is malformed */
function expectedVersion({ headers }: Pick<FastifyRequest, 'headers'>): ExpectedVersion | undefined {
  const ifMatch = headers['if-match'];
  if (ifMatch === undefined) return undefined;
  const expected = parseIfMatch(ifMatch);
  if (expected !== undefined) return expected;
  const message = 'must be * or entity tags with commas between them, such as "3", as in the ETag';
  throw invalidRequest([{ path: ['If-Match'], message }]);
}

/** Who sends a command, and under which key. */
export interface CommandSource {
  readonly request: FastifyRequest;
  readonly caller: ApiKeyOwner;
  readonly key: string | undefined;
  /** About what the command takes. */
  readonly bytes: number;
}

export const sourceOf = (request: FastifyRequest, caller: ApiKeyOwner): CommandSource => ({
  request,
  caller,
  key: idempotencyKey(request),
  bytes: COMMAND_BYTES + bodySizeOf(request),
});

/** The same for one of the things in a batch. */
export const sourceOfItem = (source: CommandSource, bytes: number): CommandSource => ({
  ...source,
  bytes: COMMAND_BYTES + bytes,
});

/**
 * A command to a stream that has a name: with its key and the version that it expects, from the headers.
 * @param asked what the client asks for, where the command says more than that, such as what the server has made for it.
 */
export const commandRequest = <Command>(
  request: FastifyRequest,
  caller: ApiKeyOwner,
  streamId: string,
  command: Command,
  asked: unknown = command,
): CommandRequest<Command> => ({
  ...requestFor(sourceOf(request, caller), streamId, command, asked),
  expectedVersion: expectedVersion(request),
});

/**
 * A command that makes a stream. With a key, the id follows from tenant, resource and key, so that a retry finds what the
 * first try made; without, it is a new one.
 * @param asked as in {@link commandRequest}
 */
export function createRequest<Command>(
  source: CommandSource,
  resource: string,
  commandFor: (id: string) => Command,
  asked?: unknown,
): CommandRequest<Command> {
  const { key, caller } = source;
  const id = key === undefined ? newId() : v5(JSON.stringify([caller.tenant, resource, key]), ID_NAMESPACE);
  const command = commandFor(id);
  return { ...requestFor(source, id, command, asked ?? command), newStream: key === undefined };
}

/** A command with what its request says about who, why and when. */
function requestFor<Command>(
  { request, caller: { tenant, keyId }, key, bytes }: CommandSource,
  streamId: string,
  command: Command,
  asked: unknown,
): CommandRequest<Command> {
  return {
    streamId,
    command,
    bytes,
    tenant,
    actor: keyId,
    commandId: key,
    // In whichever order a client writes the fields, it asks for the same. Without a key nothing is ever compared with it.
    requestHash: hash(
      'sha256',
      key === undefined ? JSON.stringify(asked) : canonicalJson(asked),
      'base64url',
    ),
    causationId: null,
    ...requestIdentity(request.headers, request.id),
  };
}

/** For the API's description. */
export const commandAnswerHeaders = {
  ...etagHeader,
  'Orderstream-Position': {
    description: 'Where the last event is in the log: `<topic>/<partition>@<offset>`.',
    schema: { type: 'string' as const, pattern: POSITION_PATTERN },
  },
};

/** What every command's answer carries: the stream's version, and where in the log its last event is. */
export function sendAccepted(reply: FastifyReply, { stream, position }: AcceptedCommand<unknown>): void {
  void reply.header('etag', `"${stream.version}"`).header('orderstream-position', formatPosition(position));
}
