import type { FastifyInstance, RouteOptions } from 'fastify';
import findMyWay, { type HTTPMethod } from 'find-my-way';

const UNLISTED = 'orderstream:unlisted';

/** For a route that nobody is told about: with another method there is nothing at its path. */
export const UNLISTED_ROUTE = { [UNLISTED]: true } as const;

/** Knows which methods each path has, by the same rules that Fastify finds its routes by. */
export class AllowedMethods {
  readonly #methods = new Set<HTTPMethod>();
  readonly #routes;

  constructor(maxParamLength: number) {
    this.#routes = findMyWay({ maxParamLength });
  }

  /** Before any route is made. */
  install(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ method, url, config }: RouteOptions) => {
      if (config && UNLISTED in config) return;
      for (const each of [method].flat()) this.#add(each as HTTPMethod, url);
    });
  }

  /** None where there is no such path. */
  of(url: string): string[] {
    return [...this.#methods].filter((method) => this.#routes.find(method, url)).toSorted();
  }

  #add(method: HTTPMethod, url: string): void {
    if (this.#routes.hasRoute(method, url)) return;
    this.#methods.add(method);
    this.#routes.on(method, url, () => undefined);
  }
}
