import { timingSafeEqual } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  BATCH_ROUTE,
  type BatchItem,
  batchItems,
  PUBLIC_ROUTE,
  assignConnectionShare,
  UNLISTED_ROUTE,
} from '#libs/platform';
import { Commands } from '../commands.js';
import {
  failureAnswer,
  type ForwardedAnswer,
  type ForwardedCommand,
  FORWARDED_COMMANDS_PATH,
  MAX_FORWARDED,
  PEER_TOKEN_HEADER,
} from './forwarded-commands.js';
import { PeerDirectory } from './peer-directory.js';

/** Room for several commands of the largest size that clients may send. */
const BODY_LIMIT_BYTES = 32_000_000;

/** Stands in for a tenant; tenant names cannot contain a space. */
const PEERS = 'our peers';

/**
 * Receives commands forwarded by other processes. It is not part of the API: it trusts the given tenant and actor, so it
 * requires this process's token.
 */
@Injectable()
export class ForwardingEndpoint implements OnModuleInit {
  constructor(
    private readonly http: HttpAdapterHost,
    private readonly directory: PeerDirectory,
    private readonly commands: Commands,
  ) {}

  onModuleInit(): void {
    const fastify = this.http.httpAdapter.getInstance<FastifyInstance>();
    fastify.post(
      FORWARDED_COMMANDS_PATH,
      {
        bodyLimit: BODY_LIMIT_BYTES,
        config: { ...PUBLIC_ROUTE, ...BATCH_ROUTE, ...UNLISTED_ROUTE },
        onRequest: (request, reply, done) => this.#check(request, reply, done),
      },
      (request) => this.#takeAll(request),
    );
  }

  /** Runs before the body is read. */
  #check(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const given = Buffer.from(String(request.headers[PEER_TOKEN_HEADER] ?? ''));
    const own = Buffer.from(this.directory.token);
    if (given.length === own.length && timingSafeEqual(given, own)) {
      assignConnectionShare(request, PEERS);
      done();
    } else void reply.code(404).send();
  }

  async #takeAll(request: FastifyRequest): Promise<ForwardedAnswer[]> {
    const items: readonly BatchItem[] = await batchItems(request, MAX_FORWARDED, BODY_LIMIT_BYTES);
    return Promise.all(
      items.map(async (item) => {
        if (item.ok) return this.#answer(item.value as ForwardedCommand);
        return { kind: 'failed', message: item.problem.message };
      }),
    );
  }

  async #answer({ topic, request, timeLeftMs }: ForwardedCommand): Promise<ForwardedAnswer> {
    try {
      return { kind: 'result', result: await this.commands.executeForwarded(topic, request, timeLeftMs) };
    } catch (error) {
      return failureAnswer(error, this.commands.leaving);
    }
  }
}
