import { readFile } from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
import { ProblemException, SETTINGS, type Settings } from '#libs/platform';

const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;
/** Proxies add these headers. Behind a proxy, every request seems to come from this machine. */
const FORWARDED = /^(?:forwarded|via|x-forwarded.*|x-original-.*|.*-(?:real|client|connecting)-ip)$/;

/** The key of the development system, for whoever sits at the machine on which it runs. */
@Injectable()
export class DevelopmentKey {
  readonly #file: string | undefined;

  constructor(@Inject(SETTINGS) { console: { developmentKeyFile } }: Settings) {
    this.#file = developmentKeyFile;
  }

  /**
   * Whether the request comes directly from this machine and addresses it by a loopback name. Another name could belong to
   * a site that points it here to let its own pages in (DNS rebinding).
   */
  isFor({ headers, raw }: Pick<FastifyRequest, 'headers' | 'raw'>): boolean {
    return (
      this.#file !== undefined &&
      isLoopback(raw.socket.remoteAddress) &&
      LOOPBACK_HOST.test(headers.host ?? '') &&
      !Object.keys(headers).some((name) => FORWARDED.test(name))
    );
  }

  /** @throws ProblemException unless the request may have it */
  async read(request: FastifyRequest): Promise<string> {
    if (this.#file === undefined || !this.isFor(request))
      throw new ProblemException('not-found', 'There is no development key here.');
    try {
      return (await readFile(this.#file, 'utf8')).trim();
    } catch (error) {
      throw new ProblemException('unavailable', 'The development key cannot be read now.', { cause: error });
    }
  }
}

const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
