const TERMINAL_MS = 1_000;
const PIPE_MS = 10_000;
const CLEAR = '\r\x1b[2K';

/** Shows a line that changes: in place on a terminal, otherwise as a new line now and then. */
export class LiveLine {
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly line: () => string,
    private readonly out: NodeJS.WriteStream,
  ) {
    this.#timer = setInterval(() => this.#show(), out.isTTY ? TERMINAL_MS : PIPE_MS);
  }

  /** Leaves the last state of the line. */
  end(): void {
    clearInterval(this.#timer);
    this.#show();
    if (this.out.isTTY) this.out.write('\n');
  }

  #show(): void {
    const line = this.line();
    if (this.out.isTTY) this.out.write(`${CLEAR}${line.slice(0, this.out.columns - 1)}`);
    else this.out.write(`${line}\n`);
  }
}
