/** An answer as it came over a connection. */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

const HEAD = /^HTTP\/1\.1 ([1-5]\d\d) [ -~]*\r\n((?:[!#$%&'*+.^_`|~\w-]+:[ \t]*[^\r\n]*\r\n)*)\r\n/;

/**
 * Takes apart what came over a connection, and is strict about it: what is no answer, or not whole, is left over.
 * @param methods of the requests that were sent, since an answer to HEAD has no body
 */
export function rawAnswers(
  text: string,
  methods: readonly string[] = [],
): { answers: RawAnswer[]; leftOver: string } {
  const answers: RawAnswer[] = [];
  let rest = text;
  for (;;) {
    const head = HEAD.exec(rest);
    if (!head) return { answers, leftOver: rest };
    const [whole, status = '', lines = ''] = head;
    const headers = headersOf(lines);
    const behind = rest.slice(whole.length);
    if (status.startsWith('1')) {
      rest = behind;
      continue;
    }
    const hasBody = methods[answers.length] !== 'HEAD' && status !== '204' && status !== '304';
    const read = hasBody ? bodyOf(headers, behind) : { body: '', length: 0 };
    if (!read) return { answers, leftOver: rest };
    answers.push({ status: Number(status), headers, body: read.body });
    rest = behind.slice(read.length);
  }
}

function headersOf(lines: string): Map<string, string> {
  const pairs = lines.split('\r\n').filter((line) => line !== '');
  return new Map(
    pairs.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
}

function bodyOf(
  headers: ReadonlyMap<string, string>,
  text: string,
): { body: string; length: number } | undefined {
  if (headers.get('transfer-encoding') === 'chunked') return chunkedBodyOf(text);
  const length = Number(headers.get('content-length'));
  return text.length < length || Number.isNaN(length) ? undefined : { body: text.slice(0, length), length };
}

function chunkedBodyOf(text: string): { body: string; length: number } | undefined {
  let body = '';
  for (let at = 0; ; ) {
    const size = /^([0-9a-f]+)\r\n/i.exec(text.slice(at, at + 20));
    if (!size) return undefined;
    const bytes = Number.parseInt(size[1] as string, 16);
    const start = at + size[0].length;
    if (text.slice(start + bytes, start + bytes + 2) !== '\r\n') return undefined;
    if (bytes === 0) return { body, length: start + 2 };
    body += text.slice(start, start + bytes);
    at = start + bytes + 2;
  }
}
