import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  BATCH_ROUTE,
  type BatchItem,
  batchItems,
  PUBLIC_ROUTE,
  assignConnectionShare,
  Siblings,
  UNLISTED_ROUTE,
} from '#libs/platform';
import { Commands } from '../commands.js';
import {
  failureAnswer,
  type ForwardedAnswer,
  type ForwardedCommand,
  FORWARDED_COMMANDS_PATH,
  MAX_FORWARDED,
} from './forwarded-commands.js';
import { HttpPeers } from './http-peers.js';

/** Room for several commands of the largest size that clients may send. */
const BODY_LIMIT_BYTES = 32_000_000;

/** Stands in for a tenant; tenant names cannot contain a space. */
const PEERS = 'our peers';

/**
 * Receives commands forwarded by other processes. It is not part of the API: it trusts the given tenant and actor, so it
 * requires this process's token. With that of a sibling, which shares the port, it passes them on to the sibling.
 */
@Injectable()
export class ForwardingEndpoint implements OnModuleInit {
  constructor(
    private readonly http: HttpAdapterHost,
    private readonly siblings: Siblings,
    private readonly peers: HttpPeers,
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
    if (this.siblings.tokenGivenBy(request) !== undefined) {
      assignConnectionShare(request, PEERS);
      done();
    } else void reply.code(404).send();
  }

  async #takeAll(request: FastifyRequest): Promise<ForwardedAnswer[]> {
    const token = this.siblings.tokenGivenBy(request);
    const isOwn = token === this.siblings.token;
    const items: readonly BatchItem[] = await batchItems(request, MAX_FORWARDED, BODY_LIMIT_BYTES);
    return Promise.all(
      items.map(async ({ read }) => {
        if (!read.ok) return { kind: 'failed', message: read.problem.message };
        const command = read.value as ForwardedCommand;
        return isOwn ? this.#answer(command) : this.#passOn(token, command);
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

  async #passOn(token: string | undefined, command: ForwardedCommand): Promise<ForwardedAnswer> {
    try {
      return await this.peers.sendToSibling(token, command);
    } catch (error) {
      return failureAnswer(error, false);
    }
  }
}
