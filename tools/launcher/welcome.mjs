import { relative } from 'node:path';
import { PLACES, ROOT } from './places.mjs';

const ORDER = {
  customer: { id: 'customer-1', email: 'ada@example.com' },
  currency: 'EUR',
  items: [{ sku: 'coffee-250g', quantity: 2, unitPrice: 1290 }],
};

/**
 * @param {string} url
 * @param {string} apiKey
 * @param {string} time
 * @param {{ catchesMail: boolean, processes: number, caFile?: string }} options whether mails end in our catcher, in how many
 * processes the app runs, and the authority of its certificate
 */
export function welcome(url, apiKey, time, { catchesMail, processes, caFile }) {
  const here = (/** @type {string} */ path) => relative(ROOT, path);
  return `
Orderstream is ready after ${time}.

  console          ${url}/console  (${caFile ? 'log in with the development key, and see what its tenant sees' : 'see everything; one click logs you in'})
  address          ${url}
  documentation    ${url}/docs
  development key  ${apiKey}  (kept in ${here(PLACES.developmentKey)})
${caFile ? `  authority        ${here(caFile)}  (of its certificate: browsers warn until they trust it)` : `  processes        ${processes}  (PROCESSES sets their number)`}
  logs             ${here(PLACES.logs)}/
${catchesMail ? `  mail             ${here(PLACES.mail)}/  (the mails that customers would get)\n` : ''}
In another terminal, listen to events as a webhook subscriber does:

  npx --no-install orderstream listen

and in a third one, post an order:

  curl -i ${caFile ? `--cacert ${here(caFile)} ` : ''}${url}/v1/orders -H 'Authorization: Bearer ${apiKey}' \\
    -H 'Content-Type: application/json' -d '${JSON.stringify(ORDER)}'

or let customers, a warehouse and carriers order and deliver for five minutes, and see that everything adds up:

  npx --no-install orderstream simulate --rate 20 --for 5m

To see all tenants${caFile ? ' in the console' : ''} and what needs a person (\`orderstream status\`), make a key of an operator:

  npx --no-install orderstream keys create --tenant operators --scopes operator --expires-in 8h

\`. ${here(PLACES.shellFile)}\` sets ORDERSTREAM_URL and ORDERSTREAM_API_KEY. Ctrl-C stops everything.
`;
}
