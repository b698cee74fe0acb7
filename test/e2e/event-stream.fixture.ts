/** One event of a stream, and the cursor that came with it. */
interface StreamedEvent {
  readonly id: string;
  // Tests look into events of every type.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly data: any;
}

/** A client of server-sent events, as browsers are. */
export class StreamClient {
  readonly events: StreamedEvent[] = [];
  lastEventId = '';
  retryMs: number | undefined;
  /** Resolves when the stream has ended, however it did. */
  readonly ended: Promise<'closed' | 'broken'>;
  readonly #abort: AbortController;

  private constructor(
    readonly response: Response,
    abort: AbortController,
  ) {
    this.#abort = abort;
    this.ended = this.#read().then(
      () => 'closed' as const,
      () => 'broken' as const,
    );
  }

  /** @param credential an API key, or the cookie of a session */
  static async open(
    url: string,
    credential: string | { readonly cookie: string },
    query = '',
    lastEventId?: string,
    path = '/v1/events/stream',
  ): Promise<StreamClient> {
    const abort = new AbortController();
    const response = await fetch(`${url}${path}${query}`, {
      headers: {
        ...(typeof credential === 'string' ? { authorization: `Bearer ${credential}` } : credential),
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
      signal: abort.signal,
    });
    return new StreamClient(response, abort);
  }

  get items(): StreamedEvent['data'][] {
    return this.events.map(({ data }) => data);
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.ended;
  }

  async #read(): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of this.response.body!) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    }
  }

  #take(block: string): void {
    let data = '';
    for (const line of block.split('\n')) {
      if (line.startsWith('id: ')) this.lastEventId = line.slice(4);
      if (line.startsWith('data: ')) data += line.slice(6);
      if (line.startsWith('retry: ')) this.retryMs = Number(line.slice(7));
    }
    if (data) this.events.push({ id: this.lastEventId, data: JSON.parse(data) });
  }
}
