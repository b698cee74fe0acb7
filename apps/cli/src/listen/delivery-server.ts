import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

/** Receives deliveries on a loopback port. The handler's result is the status of the response. */
export class DeliveryServer {
  readonly #server: Server;

  constructor(take: (delivery: DeliveryRequest) => Promise<number>) {
    this.#server = createServer((request, response) => {
      read(request)
        .then(take)
        .then((status) => response.writeHead(status).end())
        .catch(() => response.destroy());
    });
  }

  /** @returns the URL to deliver to. @param port 0 picks a free one */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

async function read(request: IncomingMessage): Promise<DeliveryRequest> {
  return { headers: request.headers, body: await text(request) };
}

export interface DeliveryRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface NativeBody {
  readonly eventType?: string;
  readonly version?: number;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Checks the signature with the library that subscribers use. */
export function isSignedWith(secret: string, { headers, body }: DeliveryRequest): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

/** One line for people: time, type, subject, version, position, attempt, signature. */
export function deliveryLine({ headers, body }: DeliveryRequest, isSigned: boolean, now: Date): string {
  const { eventType = '?', version, data = {} } = parse(body);
  const subject = [data['orderId'], data['sku'], headers['webhook-id']].find((id) => typeof id === 'string');
  return [
    now.toISOString().slice(11, 23),
    eventType.padEnd(16),
    subject ?? '?',
    `v${version ?? '?'}`.padEnd(4),
    String(headers['orderstream-position'] ?? '?').padEnd(12),
    `attempt ${String(headers['orderstream-attempt'] ?? '?')}`,
    isSigned ? 'signature ok' : 'SIGNATURE WRONG',
  ].join('  ');
}

function parse(body: string): NativeBody {
  try {
    return (JSON.parse(body) as NativeBody | null) ?? {};
  } catch {
    return {};
  }
}
