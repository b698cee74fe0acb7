// Generated from schemas/ by `npm run contracts`. Change the schemas, not this file.
import type { RecordSchema } from '../avro-schema.js';
import { EVENT_METADATA_SCHEMA } from './metadata.js';

/** An operator acted for a tenant, or somebody did something administrative. Never delivered to tenants. */
export interface ActRecorded {
  /** The act. */
  readonly actId: string;
  /** What was done, such as webhook-secret.rotated. */
  readonly act: string;
  /** Who did it: the id of an API key, the subject of an access token, or a user of the operating system. */
  readonly actor: string;
  /** key, token, session, portal (a session that a link of the actor has opened) or command-line. */
  readonly actorKind: string;
  /** The tenant that it was done for; null for the whole system. */
  readonly tenant: string | null;
  /** What it was done to, such as subscription; null for nothing in particular. */
  readonly objectKind: string | null;
  /** The id of that. */
  readonly objectId: string | null;
  /** The method and pattern of the route, or the command of the command line. Without ids, query and body. */
  readonly route: string;
  /** The client's address; user@host for the command line. */
  readonly from: string;
  /** The X-Request-Id of the answer; null for the command line. */
  readonly requestId: string | null;
  /** succeeded, refused, failed, or unknown if nobody knows, such as after a crash. */
  readonly outcome: string;
  /** HTTP status of the answer; null if there was none. */
  readonly status: number | null;
  /** When it began. It is recorded a moment later. */
  readonly at: string;
}

/** The data of each event in topic `audit`, by event type. */
export interface AuditEvents {
  readonly 'act.recorded': ActRecorded;
}

export const ACT_RECORDED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "ActRecorded",
  "namespace": "orderstream.audit",
  "eventType": "act.recorded",
  "doc": "An operator acted for a tenant, or somebody did something administrative. Never delivered to tenants.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "actId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The act." },
    { "name": "act", "type": "string", "doc": "What was done, such as webhook-secret.rotated." },
    { "name": "actor", "type": "string", "doc": "Who did it: the id of an API key, the subject of an access token, or a user of the operating system." },
    { "name": "actorKind", "type": "string", "doc": "key, token, session, portal (a session that a link of the actor has opened) or command-line." },
    { "name": "tenant", "type": ["null", "string"], "default": null, "doc": "The tenant that it was done for; null for the whole system." },
    { "name": "objectKind", "type": ["null", "string"], "default": null, "doc": "What it was done to, such as subscription; null for nothing in particular." },
    { "name": "objectId", "type": ["null", "string"], "default": null, "doc": "The id of that." },
    { "name": "route", "type": "string", "doc": "The method and pattern of the route, or the command of the command line. Without ids, query and body." },
    { "name": "from", "type": "string", "doc": "The client's address; user@host for the command line." },
    { "name": "requestId", "type": ["null", "string"], "default": null, "doc": "The X-Request-Id of the answer; null for the command line." },
    { "name": "outcome", "type": "string", "doc": "succeeded, refused, failed, or unknown if nobody knows, such as after a crash." },
    { "name": "status", "type": ["null", "int"], "default": null, "doc": "HTTP status of the answer; null if there was none." },
    { "name": "at", "type": { "type": "long", "logicalType": "timestamp-millis" }, "doc": "When it began. It is recorded a moment later." },
  ],
};
