import { GatewayServer } from './gateway-server.js';

// Read here rather than with all settings, whose module would load the whole framework.
const setting = (name: string, fallback: string): string => {
  const given = process.env[name];
  return given === undefined || given === '' ? fallback : given;
};
const url = new URL(setting('PAYMENT_GATEWAY_URL', 'http://127.0.0.1:8090'));
const server = new GatewayServer(setting('PAYMENT_GATEWAY_DIRECTORY', '.orderstream/data/payment-gateway'));

const port = await server.listen(Number(url.port || 80), url.hostname.replace(/^\[|\]$/g, ''));
console.log(`The simulated payment gateway listens on port ${port}.`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
