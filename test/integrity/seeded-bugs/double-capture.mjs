/**
 * Seeded bug: a capture whose outcome is unknown is sent again under a new key, and nobody looks what became of it. Found as
 * `captured-anew` and `money-differs`, once the gateway loses answers.
 */
import { SimulatedGatewayClient } from '../../../dist/libs/payment-gateways/simulated/simulated-gateway-client.js';
import { GatewayOutcomeUnknownError } from '../../../dist/libs/payments/payment-gateway.js';

const capture = Reflect.get(SimulatedGatewayClient.prototype, 'capture');

SimulatedGatewayClient.prototype.capture = async function captureAnew(call) {
  try {
    return await capture.call(this, call);
  } catch (error) {
    if (!(error instanceof GatewayOutcomeUnknownError)) throw error;
    return capture.call(this, { ...call, idempotencyKey: `${call.idempotencyKey}/again` });
  }
};
