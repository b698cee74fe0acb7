export {
  GatewayLedger,
  KeyReusedError,
  type LedgerCalls,
  type LedgerEntry,
  type LedgerOperation,
} from './ledger.js';
export { SimulatedGatewayClient } from './simulated-gateway-client.js';
export { GATEWAY_PATHS, IDEMPOTENCY_KEY_HEADER, REQUEST_ID_HEADER } from './wire.js';
