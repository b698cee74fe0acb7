import type { IncomingHttpHeaders } from 'node:http';
import { Webhook } from 'standardwebhooks';

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
