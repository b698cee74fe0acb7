/**
 * A process of its own with a receiver of every hostile kind, so as not to disturb the measurements. Writes their
 * addresses as one line of JSON, `{"<group>/<name>": "<url>"}`, and goes on until its standard input ends.
 */
import { HOSTILE_KINDS, RawReceiver } from '#libs/webhook-delivery/testing';

const urls: Record<string, string> = {};
for (const [group, kinds] of Object.entries(HOSTILE_KINDS))
  for (const kind of kinds) urls[`${group}/${kind.name}`] = (await RawReceiver.hostile(kind)).url;
process.stdout.write(`${JSON.stringify(urls)}\n`);
process.stdin.on('end', () => process.exit(0)).resume();
