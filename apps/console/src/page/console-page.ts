import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PUBLIC_ROUTE, SETTINGS, type Settings, UNLISTED_ROUTE } from '#libs/platform';
import { contentPolicy, PAGE_HEADERS } from './content-policy.js';

/** Injection token of the folder of the built page. */
export const PAGE_FOLDER = Symbol('page-folder');

const PREFIX = '/console';
const PORTAL = /^\/console\/portal(?:[/?]|$)/;
/** The names of these hold a hash of their content. */
const ASSETS = 'assets';
const NONCE_BYTES = 16;
const NONCE_MARK = '__CSP_NONCE__';
const NOT_BUILT = 'The console is not built. Run: npm run build:console\n';

const CONFIG = { ...PUBLIC_ROUTE, ...UNLISTED_ROUTE };

/** Serves the built page: its assets, and `index.html` for every other path, because the page itself routes. */
@Injectable()
export class ConsolePage implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(PAGE_FOLDER) private readonly folder: string,
  ) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    // To wait for it would start Fastify before Nest has set its handler of errors, which no route would then have.
    void fastify.register(fastifyStatic, {
      root: this.folder,
      serve: false,
      preCompressed: true,
      index: false,
      dotfiles: 'ignore',
    });
    const page = (request: FastifyRequest, reply: FastifyReply) => this.#page(request, reply);
    fastify.get(PREFIX, { config: CONFIG }, page);
    fastify.get(`${PREFIX}/*`, { config: CONFIG }, page);
    fastify.get(`${PREFIX}/${ASSETS}/*`, { config: CONFIG }, (request, reply) => this.#asset(request, reply));
  }

  #asset(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { '*': name = '' } = request.params as { readonly '*'?: string };
    return reply.headers(PAGE_HEADERS).sendFile(`${ASSETS}/${name}`, { maxAge: '365d', immutable: true });
  }

  async #page({ url }: FastifyRequest, reply: FastifyReply): Promise<string> {
    const nonce = randomBytes(NONCE_BYTES).toString('base64');
    const ancestors = PORTAL.test(url) ? this.settings.console.frameAncestors : [];
    void reply.headers({
      ...PAGE_HEADERS,
      'content-security-policy': contentPolicy(nonce, ancestors),
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    const html = await this.#html();
    if (html === undefined) {
      void reply.code(404).type('text/plain; charset=utf-8');
      return NOT_BUILT;
    }
    void reply.type('text/html; charset=utf-8');
    return html.replaceAll(NONCE_MARK, nonce);
  }

  /** Read each time, so that a page that was built anew is served at once. */
  async #html(): Promise<string | undefined> {
    try {
      return await readFile(join(this.folder, 'index.html'), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
