import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import findMyWay, { type HTTPMethod } from 'find-my-way';

const UNLISTED = 'orderstream:unlisted';

/** For a route that nobody is told about: with another method there is nothing at its path. */
export const UNLISTED_ROUTE = { [UNLISTED]: true } as const;

/** Knows which methods each path has, by the same rules that Fastify finds its routes by. */
export class AllowedMethods {
  readonly #methods = new Set<HTTPMethod>();
  /** Paths without parameters. */
  readonly #fixed = new Set<string>();
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
    const isFixed = this.#fixed.has(pathOf(url));
    return [...this.#methods]
      .filter((method) => {
        const route = this.#routes.find(method, url);
        return route && !(isFixed && hasParameters(route.params));
      })
      .toSorted();
  }

  /** Whether a path with parameters was found only because the path of that very name has no such method. */
  shadowsFixedPath({ url, params }: Pick<FastifyRequest, 'url' | 'params'>): boolean {
    return hasParameters(params) && this.#fixed.has(pathOf(url));
  }

  #add(method: HTTPMethod, url: string): void {
    if (this.#routes.hasRoute(method, url)) return;
    this.#methods.add(method);
    if (!/[:*]/.test(url)) this.#fixed.add(url);
    this.#routes.on(method, url, () => undefined);
  }
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? url;

const hasParameters = (params: unknown): boolean => Object.keys(params ?? {}).length > 0;
