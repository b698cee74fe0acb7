import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';
import { schemeOf, type Settings } from '../../settings/settings.js';

const NAME = 'orderstream_session';
/** Browsers take a cookie of this prefix from its own host only, over https, for the whole host. */
export const HOST_PREFIX = '__Host-';

const cookieOf = (name: string): RegExp => new RegExp(`(?:^|;\\s*)${name}=([\\w-]{1,100})(?=\\s*(?:;|$))`);

/** What the cookie is for: the console, or a portal that pages of other origins may embed. */
export type CookieUse = 'console' | 'portal';

/** The cookie that holds the token of a session, out of reach of scripts and of other sites. */
export class SessionCookie {
  readonly name: string;
  readonly #pattern: RegExp;
  /** Whether browsers reach this server over https. */
  readonly isSecure: boolean;
  readonly #isEmbedded: boolean;

  constructor({ http, console: { frameAncestors } }: Pick<Settings, 'http' | 'console'>) {
    this.isSecure = (http.publicUrl ?? schemeOf({ http })).startsWith('https:');
    this.#isEmbedded = frameAncestors.length > 0;
    this.name = this.isSecure ? `${HOST_PREFIX}${NAME}` : NAME;
    this.#pattern = cookieOf(this.name);
  }

  /** The token that a request brings. The cookie counts only without an Authorization header. */
  tokenOf({ cookie, authorization }: IncomingHttpHeaders): string | undefined {
    if (cookie === undefined || authorization !== undefined) return undefined;
    return this.#pattern.exec(cookie)?.[1];
  }

  set(reply: FastifyReply, token: string, endsAt: Date, use: CookieUse): void {
    const maxAge = Math.max(1, Math.ceil((endsAt.getTime() - Date.now()) / 1_000));
    void reply.header('set-cookie', this.#line(token, maxAge, use));
  }

  /** Removes the cookie, whichever use it was made for. */
  clear(reply: FastifyReply): void {
    const uses: readonly CookieUse[] = this.#isEmbedded ? ['console', 'portal'] : ['console'];
    for (const use of uses) void reply.header('set-cookie', this.#line('', 0, use));
  }

  #line(value: string, maxAge: number, use: CookieUse): string {
    // A frame within a page of another site gets no strict cookie. One that is partitioned serves that page alone.
    const embedded = use === 'portal' && this.#isEmbedded;
    const reach = embedded
      ? 'SameSite=None; Secure; Partitioned'
      : `SameSite=Strict${this.isSecure ? '; Secure' : ''}`;
    return `${this.name}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; ${reach}`;
  }
}
