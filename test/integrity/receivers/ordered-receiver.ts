import { WebhookReceiver } from '../../../libs/testing/src/webhook-receiver.js';
import { ApiClient } from '../webhooks/webhook-api-client.js';

const POSITION = /^(?<partition>.+)@(?<offset>\d+)$/;

/** A well-behaved subscriber that is sent each partition in order. */
export class OrderedReceiver {
  private constructor(private readonly receiver: WebhookReceiver) {}

  static async subscribed(url: string, apiKey: string): Promise<OrderedReceiver> {
    const receiver = await WebhookReceiver.start();
    const body = { callbackUrl: receiver.url, eventTypes: ['order.created'], ordering: 'partition' };
    const { status } = await new ApiClient(url, apiKey).post('/v1/webhook-subscriptions', body);
    if (status !== 201) throw new Error(`no subscription: ${status}`);
    return new OrderedReceiver(receiver);
  }

  get received(): number {
    return this.receiver.deliveries.length;
  }

  /** Events that came after later ones of their partition, or twice. */
  violations(): string[] {
    const last = new Map<string, number>();
    const found: string[] = [];
    for (const { headers } of this.receiver.deliveries) {
      const position = String(headers['orderstream-position']);
      const { partition = '', offset } = POSITION.exec(position)?.groups ?? {};
      const previous = last.get(partition) ?? -1;
      if (Number(offset) <= previous) found.push(`${position} came after ${partition}@${previous}`);
      last.set(partition, Number(offset));
    }
    return found;
  }

  close(): Promise<void> {
    return this.receiver.close();
  }
}
