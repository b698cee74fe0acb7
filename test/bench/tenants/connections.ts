import { type HttpAnswer, HttpConnection } from '../measuring/raw-http.js';

export interface Target {
  readonly url: string;
  readonly apiKey: string;
}

/** As many connections of one tenant as it has requests at a time. */
export class Connections {
  readonly #idle: HttpConnection[] = [];
  readonly #all: HttpConnection[] = [];

  constructor(private readonly target: Target) {}

  async request(method: string, path: string, body = '', headers = ''): Promise<HttpAnswer> {
    const connection = this.#idle.pop() ?? this.#open();
    try {
      return await connection.request(method, path, body, headers);
    } finally {
      this.#idle.push(connection);
    }
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }

  #open(): HttpConnection {
    const { url, apiKey } = this.target;
    const connection = new HttpConnection(url, {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
    });
    this.#all.push(connection);
    return connection;
  }
}
