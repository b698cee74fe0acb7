import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import findMyWay, { type HTTPMethod } from 'find-my-way';

const UNLISTED = 'orderstream:unlisted';

/** Config of an undocumented route: other methods on its path get 404 rather than 405. */
export const UNLISTED_ROUTE = { [UNLISTED]: true } as const;

/** Finds the methods of a path by Fastify's own routing rules. */
export class AllowedMethods {
  readonly #methods = new Set<HTTPMethod>();
  /** Paths without parameters. */
  readonly #fixed = new Set<string>();
  readonly #routes;

  constructor(maxParamLength: number) {
    this.#routes = findMyWay({ maxParamLength });
  }

  /** Call it before any route is registered. */
  install(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ method, url, config }: RouteOptions) => {
      if (config && UNLISTED in config) return;
      for (const each of [method].flat()) this.#add(each as HTTPMethod, url);
    });
  }

  /** Empty if the path is unknown. */
  of(url: string): string[] {
    const isFixed = this.#fixed.has(pathOf(url));
    return [...this.#methods]
      .filter((method) => {
        const route = this.#routes.find(method, url);
        return route && !(isFixed && hasParameters(route.params));
      })
      .toSorted();
  }

  /** Whether a parameter route matched only because the fixed path of this name lacks the method. */
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
