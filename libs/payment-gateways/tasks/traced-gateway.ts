import type { PaymentGateway } from '#libs/payments';
import type { Tracing } from '#libs/platform';

/**
 * The gateway with a span for each of its calls.
 * @param parent the trace context of what makes the calls
 */
export function tracedGateway(
  gateway: PaymentGateway,
  tracing: Tracing,
  parent: string | null | undefined,
): PaymentGateway {
  // A look at a payment that nobody's trace asks for begins no trace.
  if (!tracing.isOn || !parent) return gateway;
  async function traced<Answer>(
    operation: string,
    orderId: string,
    call: () => Promise<Answer>,
  ): Promise<Answer> {
    const span = tracing.start(`payment gateway ${operation}`, {
      kind: 'client',
      parent: parent ?? null,
      attributes: { 'orderstream.gateway': gateway.name, 'orderstream.order_id': orderId },
    });
    try {
      const answer = await call();
      const { result } = answer as { readonly result?: string };
      span.set({ 'orderstream.outcome': result });
      return answer;
    } catch (error) {
      span.fail(error instanceof Error ? error.name : 'Error');
      throw error;
    } finally {
      span.end();
    }
  }
  return {
    name: gateway.name,
    authorize: (call) => traced('authorize', call.orderId, () => gateway.authorize(call)),
    capture: (call) => traced('capture', call.orderId, () => gateway.capture(call)),
    void: (call) => traced('void', call.orderId, () => gateway.void(call)),
    refund: (call) => traced('refund', call.orderId, () => gateway.refund(call)),
    find: (orderId, reference) => traced('find', orderId, () => gateway.find(orderId, reference)),
  };
}
