import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Accepted, CommandRequest } from '#libs/event-store';
import { formatPosition, newId } from '#libs/kernel';
import { type ApiKeyOwner, invalidRequest, requestIdentity } from '#libs/platform';

export interface CommandHeaders {
  readonly 'if-match'?: string;
}

/** A command with what its request says about who, why and when. */
export function commandRequest<Command>(
  request: FastifyRequest,
  { tenant, keyId }: ApiKeyOwner,
  streamId: string,
  command: Command,
): CommandRequest<Command> {
  return {
    streamId,
    command,
    tenant,
    actor: keyId,
    commandId: newId(),
    requestHash: hashOf(request),
    causationId: null,
    ...requestIdentity(request.headers, request.id),
  };
}

/** The same request gives the same hash, whichever process takes it. */
const hashOf = ({ method, url, body }: FastifyRequest): string =>
  createHash('sha256')
    .update(`${method} ${url}\n${JSON.stringify(body)}`)
    .digest('base64url');

const ETAG = /^"(\d{1,9})"$/;

/** The version that `If-Match` asks for; `undefined` without the header, or with `*`, which any version matches. */
export function expectedVersion({ 'if-match': ifMatch }: CommandHeaders): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const version = ETAG.exec(ifMatch.trim())?.[1];
  if (version === undefined) {
    throw invalidRequest([
      { path: ['If-Match'], message: 'must be one version in quotes, such as "3", as in the ETag' },
    ]);
  }
  return Number(version);
}

/** The same, for the API's description. */
export const commandAnswerHeaders = {
  ETag: { description: "The stream's version, in quotes.", schema: { type: 'string' as const } },
  'Orderstream-Position': {
    description: 'Where the last event is in the log: `<topic>/<partition>@<offset>`.',
    schema: { type: 'string' as const },
  },
};

/** What every command's answer carries: the stream's version, and where in the log its last event is. */
export function sendAccepted(reply: FastifyReply, { stream, position }: Accepted<unknown>): void {
  void reply.header('etag', `"${stream.version}"`).header('orderstream-position', formatPosition(position));
}
