import { createServer, type Server, type Socket } from 'node:net';

/** How the server fails instead of answering. */
export type Trouble =
  /** An error that leaves the session open. */
  | { readonly kind: 'error'; readonly code: string }
  /** An error that ends the session. */
  | { readonly kind: 'fatal'; readonly code: string }
  /** Drops the connection without a message. */
  | { readonly kind: 'drop' }
  /** Never answers again on this connection. */
  | { readonly kind: 'silence' };

const SSL_REQUEST = 80_877_103;

/** Parameters that PgBouncer accepts in the first message of a connection. */
const START_PARAMETERS = new Set([
  'application_name',
  'client_encoding',
  'database',
  'DateStyle',
  'standard_conforming_strings',
  'TimeZone',
  'user',
]);

/** What statements say at their end that say more than their command. */
const COMPLETIONS: Readonly<Record<string, string>> = {
  INSERT: 'INSERT 0 1',
  UPDATE: 'UPDATE 0',
  SELECT: 'SELECT 0',
};

/** One message of the protocol: its type, its length, its body. */
function message(type: string, ...parts: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)),
  );
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const LOGGED_IN = message('R', Buffer.alloc(4));
const PARSED = message('1');
const BOUND = message('2');
const NO_ROWS = message('n');
const readyIn = (transaction: boolean): Buffer => message('Z', Buffer.from(transaction ? 'T' : 'I'));
const done = (what: string): Buffer => message('C', what);
const failure = (severity: string, code: string): Buffer =>
  message('E', `S${severity}`, `V${severity}`, `C${code}`, `Mtrouble ${code}`, Buffer.alloc(1));

/** Speaks enough of the Postgres protocol to accept every statement, and fails as scripted. */
export class ScriptedPostgres {
  /** Number of sessions started. */
  sessions = 0;
  /** Fails each new connection. */
  atStart: Trouble | undefined;
  /** Fails each statement that matches the pattern. */
  atStatement: { readonly pattern: RegExp; readonly trouble: Trouble } | undefined;
  readonly #sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<ScriptedPostgres> {
    const server = createServer();
    const scripted = new ScriptedPostgres(server);
    server.on('connection', (socket) => scripted.#serve(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return scripted;
  }

  get url(): string {
    const address = this.server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    return `postgresql://somebody:secret@127.0.0.1:${port}/some`;
  }

  endSessions(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.endSessions();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    const session = new Session(socket, this);
    let unread = Buffer.alloc(0);
    socket.on('data', (data: Buffer) => {
      unread = Buffer.concat([unread, data]);
      for (let taken = session.take(unread); taken > 0; taken = session.take(unread)) {
        unread = unread.subarray(taken);
      }
    });
  }
}

class Session {
  #begun = false;
  #inTransaction = false;
  #statement = '';
  /** The texts of statements, by name. */
  readonly #parsed = new Map<string, string>();
  /** After an error all messages are ignored until the client sends Sync. */
  #failed = false;
  #silent = false;

  constructor(
    private readonly socket: Socket,
    private readonly script: ScriptedPostgres,
  ) {}

  /** @returns the number of bytes read; 0 until a whole message has arrived */
  take(bytes: Buffer): number {
    const typeBytes = this.#begun ? 1 : 0;
    if (bytes.length < typeBytes + 4) return 0;
    const end = typeBytes + bytes.readInt32BE(typeBytes);
    if (bytes.length < end) return 0;
    const body = bytes.subarray(typeBytes + 4, end);
    if (!this.#silent) this.#answer(this.#begun ? String.fromCharCode(bytes[0] ?? 0) : 'start', body);
    return end;
  }

  #answer(type: string, body: Buffer): void {
    if (this.#failed && type !== 'S') return;
    switch (type) {
      case 'start':
        return this.#start(body);
      case 'Q':
        this.#statement = textOf(body);
        if (this.#meets()) this.#complete();
        return this.#ready();
      case 'P':
        // The text follows the statement's name.
        this.#parsed.set(textOf(body), textOf(body.subarray(body.indexOf(0) + 1)));
        return this.#say(PARSED);
      case 'B':
        // The statement's name follows the portal's.
        this.#statement = this.#parsed.get(textOf(body.subarray(body.indexOf(0) + 1))) ?? '';
        return this.#say(BOUND);
      case 'D':
        return this.#say(NO_ROWS);
      case 'E':
        if (this.#meets()) this.#complete();
        return;
      case 'S':
        return this.#ready();
      case 'X':
        this.socket.end();
        return;
      default:
    }
  }

  #start(body: Buffer): void {
    if (body.readInt32BE(0) === SSL_REQUEST) {
      this.socket.write('N');
      return;
    }
    this.#begun = true;
    this.script.sessions++;
    const parameters = body
      .toString('utf8', 4)
      .split('\0')
      .filter((_, index) => index % 2 === 0);
    if (!parameters.every((name) => name === '' || START_PARAMETERS.has(name)))
      return void this.#suffer({ kind: 'fatal', code: '08P01' });
    if (this.script.atStart && !this.#suffer(this.script.atStart)) return;
    this.#say(LOGGED_IN);
    this.#ready();
  }

  /** @returns whether the statement succeeds */
  #meets(): boolean {
    const { atStatement } = this.script;
    return !atStatement?.pattern.test(this.#statement) || this.#suffer(atStatement.trouble);
  }

  /** @returns `false`, always: the session cannot continue normally */
  #suffer(trouble: Trouble): boolean {
    if (trouble.kind === 'error') this.#say(failure('ERROR', trouble.code));
    if (trouble.kind === 'fatal') this.socket.end(failure('FATAL', trouble.code));
    if (trouble.kind === 'drop') this.socket.resetAndDestroy();
    this.#failed = trouble.kind === 'error';
    this.#silent = trouble.kind !== 'error';
    return false;
  }

  #complete(): void {
    const [word = ''] = this.#statement.trim().split(/[\s;]/, 1);
    const command = word.toUpperCase();
    if (command === 'BEGIN') this.#inTransaction = true;
    if (command === 'COMMIT' || command === 'ROLLBACK') this.#inTransaction = false;
    this.#say(done(COMPLETIONS[command] ?? command));
  }

  #ready(): void {
    this.#failed = false;
    this.#say(readyIn(this.#inTransaction));
  }

  #say(bytes: Buffer): void {
    if (!this.#silent) this.socket.write(bytes);
  }
}

/** The text up to its NUL. */
const textOf = (bytes: Buffer): string => bytes.toString('utf8', 0, bytes.indexOf(0));
