// Generated from schemas/ by `npm run contracts`. Change the schemas, not this file.
import type { RecordSchema } from '../avro-schema.js';
import { EVENT_METADATA_SCHEMA } from './metadata.js';

/** A delivery ran out of attempts, and waits for a person. */
export interface WebhookDeadLettered {
  /** The subscription. */
  readonly subscriptionId: string;
  /** What it was a delivery of: the subscription, or a replay of it. */
  readonly feedId: string;
  /** The replay, if it was one. */
  readonly replayId: string | null;
  /** The event that was not delivered. */
  readonly eventId: string;
  /** Its type. */
  readonly eventType: string;
  /** Where it is in the log: `orders/3@17`. */
  readonly position: string;
  /** When it became a dead letter. One that was redriven and failed again is told of again, with another time. */
  readonly parkedAt: string | null;
  /** How often it was tried. */
  readonly attempts: number;
  /** What went wrong at the last one. */
  readonly lastError: string | null;
}

/** Consecutive events of one partition in one request. */
export interface BatchMode {
  /** Most events in a request, from 1. */
  readonly maxEvents: number;
  /** So long a request waits for more events, in milliseconds. */
  readonly maxWaitMs: number;
}

/** How often, how soon and how patiently a delivery is tried. */
export interface RetryPolicy {
  /** Tries in all, the first one included. */
  readonly maxAttempts: number;
  /** Longest wait before the second try, in milliseconds; doubles with each further one. */
  readonly initialDelayMs: number;
  /** Longest wait between two tries, in milliseconds. */
  readonly maxDelayMs: number;
  /** Within this time an endpoint must have answered, in milliseconds. */
  readonly timeoutMs: number;
}

/** A signing secret, encrypted. */
export interface SealedSecret {
  /** AES-256-GCM under a key that is not in the log. */
  readonly sealed: string;
  /** From then on nothing is signed with it; null for the present one. */
  readonly expiresAt: string | null;
}

/** Somebody subscribed to events. */
export interface WebhookSubscriptionCreated {
  /** The subscription. */
  readonly subscriptionId: string;
  /** Where events are posted to, without the query. Events written before there was a callbackQuery have all of it here. */
  readonly callbackUrl: string;
  /** The query of the callback URL, from its question mark on, encrypted as the secrets are; null for none. */
  readonly callbackQuery: string | null;
  /** What is delivered: names of event types, and patterns of them. */
  readonly eventTypes: ReadonlyArray<string>;
  /** Conditions on fields of the event, as JSON: an object from paths to a value or a list of values. All must be true. */
  readonly filter: string | null;
  /** What arrives strictly in order: stream, partition or none. */
  readonly ordering: string;
  /** What becomes of later deliveries behind one that ran out of attempts: park or skip. */
  readonly onExhausted: string;
  /** full, or thin: ids, and a link to fetch the rest. */
  readonly payload: string;
  /** native or cloudevents. */
  readonly format: string;
  /** Several events in a request; null for one each. */
  readonly batch: BatchMode | null;
  /** Most requests in a second; null for no limit. */
  readonly rateLimit: number | null;
  /** How failed deliveries are tried again. */
  readonly retry: RetryPolicy;
  /** What deliveries are signed with, the present one first. */
  readonly secrets: ReadonlyArray<SealedSecret>;
  /** Fixed extra headers of each delivery, as JSON, encrypted as the secrets are; null for none. */
  readonly headers: string | null;
  /** Where it was to begin, in the words of who asked: now, beginning, a time of RFC 3339, or positions separated by commas. */
  readonly startFrom: string;
  /** Where it begins, as offsets by `<topic>/<partition>`. A partition that is not named is delivered from its beginning. */
  readonly start: Readonly<Record<string, number>>;
  /** The ends of all partitions of all event topics when the command came in, as `<topic>/<partition>`: what is owed changes there. A partition that is not named is younger. */
  readonly positions: Readonly<Record<string, number>>;
}

/** The subscription ended. Nothing is owed any more. */
export interface WebhookSubscriptionDeleted {
  /** The subscription. */
  readonly subscriptionId: string;
  /** The ends of all partitions of all event topics when the command came in, as `<topic>/<partition>`: what is owed changes there. A partition that is not named is younger. */
  readonly positions: Readonly<Record<string, number>>;
}

/** The endpoint is dead, so that nothing is sent any more until somebody resumes. Events go on being owed. */
export interface WebhookSubscriptionDisabled {
  /** The subscription. */
  readonly subscriptionId: string;
  /** gone: it answered 410. failing: for days nothing succeeded. */
  readonly reason: string;
  /** The ends of all partitions of all event topics when the command came in, as `<topic>/<partition>`: what is owed changes there. A partition that is not named is younger. */
  readonly positions: Readonly<Record<string, number>>;
}

/** Few deliveries succeed, or the subscription is about to be disabled. Raised once for each warning. */
export interface WebhookSubscriptionFailing {
  /** The subscription. */
  readonly subscriptionId: string;
  /** success-rate: few attempts succeed, or none for an hour. disabling: it will be disabled within about a day. */
  readonly warning: string;
  /** Attempts of the last hour, or since the endpoint changed or recovered if that is later. */
  readonly attempts: number;
  /** How many of them failed. */
  readonly failed: number;
  /** When the failures began, as far as they are known. */
  readonly since: string;
  /** When it will be disabled unless a delivery succeeds, at most three hours early. Only with the warning disabling. */
  readonly disablesAt: string | null;
  /** What went wrong at the last attempt of the delivery that has failed longest. */
  readonly lastError: string | null;
}

/** The subscriber wants no deliveries for now. Events go on being owed. */
export interface WebhookSubscriptionPaused {
  /** The subscription. */
  readonly subscriptionId: string;
  /** The ends of all partitions of all event topics when the command came in, as `<topic>/<partition>`: what is owed changes there. A partition that is not named is younger. */
  readonly positions: Readonly<Record<string, number>>;
}

/** Deliveries of a failing subscription succeed again. */
export interface WebhookSubscriptionRecovered {
  /** The subscription. */
  readonly subscriptionId: string;
  /** The last warning before: success-rate or disabling. */
  readonly warning: string;
  /** When the failures had begun, as that warning said. */
  readonly since: string;
}

/** Deliveries go on, with what has been owed since they stopped. */
export interface WebhookSubscriptionResumed {
  /** The subscription. */
  readonly subscriptionId: string;
  /** The ends of all partitions of all event topics when the command came in, as `<topic>/<partition>`: what is owed changes there. A partition that is not named is younger. */
  readonly positions: Readonly<Record<string, number>>;
}

/** Settings of a subscription changed, or its secret was rotated. All settings are here as they are from now on. */
export interface WebhookSubscriptionUpdated {
  /** The subscription. */
  readonly subscriptionId: string;
  /** Where events are posted to, without the query. Events written before there was a callbackQuery have all of it here. */
  readonly callbackUrl: string;
  /** The query of the callback URL, from its question mark on, encrypted as the secrets are; null for none. */
  readonly callbackQuery: string | null;
  /** What is delivered: names of event types, and patterns of them. */
  readonly eventTypes: ReadonlyArray<string>;
  /** Conditions on fields of the event, as JSON: an object from paths to a value or a list of values. All must be true. */
  readonly filter: string | null;
  /** What arrives strictly in order: stream, partition or none. */
  readonly ordering: string;
  /** What becomes of later deliveries behind one that ran out of attempts: park or skip. */
  readonly onExhausted: string;
  /** full, or thin: ids, and a link to fetch the rest. */
  readonly payload: string;
  /** native or cloudevents. */
  readonly format: string;
  /** Several events in a request; null for one each. */
  readonly batch: BatchMode | null;
  /** Most requests in a second; null for no limit. */
  readonly rateLimit: number | null;
  /** How failed deliveries are tried again. */
  readonly retry: RetryPolicy;
  /** What deliveries are signed with, the present one first. */
  readonly secrets: ReadonlyArray<SealedSecret>;
  /** Fixed extra headers of each delivery, as JSON, encrypted as the secrets are; null for none. */
  readonly headers: string | null;
  /** Names of the settings that are others now; secret after a rotation. */
  readonly changed: ReadonlyArray<string>;
  /** The ends of all partitions of all event topics when the command came in, as `<topic>/<partition>`: what is owed changes there. A partition that is not named is younger. */
  readonly positions: Readonly<Record<string, number>>;
}

/** Somebody wants to see a delivery arrive. It is sent to this subscription and to no other. */
export interface WebhookTest {
  /** The subscription. */
  readonly subscriptionId: string;
}

/** The data of each event in topic `webhooks`, by event type. */
export interface WebhooksEvents {
  readonly 'webhook.dead-lettered': WebhookDeadLettered;
  readonly 'webhook-subscription.created': WebhookSubscriptionCreated;
  readonly 'webhook-subscription.deleted': WebhookSubscriptionDeleted;
  readonly 'webhook-subscription.disabled': WebhookSubscriptionDisabled;
  readonly 'webhook-subscription.failing': WebhookSubscriptionFailing;
  readonly 'webhook-subscription.paused': WebhookSubscriptionPaused;
  readonly 'webhook-subscription.recovered': WebhookSubscriptionRecovered;
  readonly 'webhook-subscription.resumed': WebhookSubscriptionResumed;
  readonly 'webhook-subscription.updated': WebhookSubscriptionUpdated;
  readonly 'webhook.test': WebhookTest;
}

export const WEBHOOK_DEAD_LETTERED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "WebhookDeadLettered",
  "namespace": "orderstream.webhooks",
  "eventType": "webhook.dead-lettered",
  "doc": "A delivery ran out of attempts, and waits for a person.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "subscriptionId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The subscription." },
    { "name": "feedId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "What it was a delivery of: the subscription, or a replay of it." },
    { "name": "replayId", "type": [
      "null",
      { "type": "string", "logicalType": "uuid" },
    ], "default": null, "doc": "The replay, if it was one." },
    { "name": "eventId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The event that was not delivered." },
    { "name": "eventType", "type": "string", "doc": "Its type." },
    { "name": "position", "type": "string", "doc": "Where it is in the log: `orders/3@17`." },
    { "name": "parkedAt", "type": [
      "null",
      { "type": "long", "logicalType": "timestamp-millis" },
    ], "default": null, "doc": "When it became a dead letter. One that was redriven and failed again is told of again, with another time." },
    { "name": "attempts", "type": "long", "doc": "How often it was tried." },
    { "name": "lastError", "type": ["null", "string"], "default": null, "doc": "What went wrong at the last one." },
  ],
};

export const WEBHOOK_SUBSCRIPTION_CREATED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "WebhookSubscriptionCreated",
  "namespace": "orderstream.webhooks",
  "eventType": "webhook-subscription.created",
  "doc": "Somebody subscribed to events.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "subscriptionId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The subscription." },
    { "name": "callbackUrl", "queryHidden": true, "type": "string", "doc": "Where events are posted to, without the query. Events written before there was a callbackQuery have all of it here." },
    { "name": "callbackQuery", "sealed": true, "type": ["null", "string"], "default": null, "doc": "The query of the callback URL, from its question mark on, encrypted as the secrets are; null for none." },
    { "name": "eventTypes", "type": { "type": "array", "items": "string" }, "doc": "What is delivered: names of event types, and patterns of them." },
    { "name": "filter", "type": ["null", "string"], "default": null, "doc": "Conditions on fields of the event, as JSON: an object from paths to a value or a list of values. All must be true." },
    { "name": "ordering", "type": "string", "doc": "What arrives strictly in order: stream, partition or none." },
    { "name": "onExhausted", "type": "string", "doc": "What becomes of later deliveries behind one that ran out of attempts: park or skip." },
    { "name": "payload", "type": "string", "doc": "full, or thin: ids, and a link to fetch the rest." },
    { "name": "format", "type": "string", "doc": "native or cloudevents." },
    { "name": "batch", "type": [
      "null",
      {
        "type": "record",
        "name": "BatchMode",
        "doc": "Consecutive events of one partition in one request.",
        "fields": [
          { "name": "maxEvents", "type": "long", "doc": "Most events in a request, from 1." },
          { "name": "maxWaitMs", "type": "long", "doc": "So long a request waits for more events, in milliseconds." },
        ],
      },
    ], "default": null, "doc": "Several events in a request; null for one each." },
    { "name": "rateLimit", "type": ["null", "long"], "default": null, "doc": "Most requests in a second; null for no limit." },
    { "name": "retry", "type": {
      "type": "record",
      "name": "RetryPolicy",
      "doc": "How often, how soon and how patiently a delivery is tried.",
      "fields": [
        { "name": "maxAttempts", "type": "long", "doc": "Tries in all, the first one included." },
        { "name": "initialDelayMs", "type": "long", "doc": "Longest wait before the second try, in milliseconds; doubles with each further one." },
        { "name": "maxDelayMs", "type": "long", "doc": "Longest wait between two tries, in milliseconds." },
        { "name": "timeoutMs", "type": "long", "doc": "Within this time an endpoint must have answered, in milliseconds." },
      ],
    }, "doc": "How failed deliveries are tried again." },
    { "name": "secrets", "sealed": true, "type": { "type": "array", "items": {
      "type": "record",
      "name": "SealedSecret",
      "doc": "A signing secret, encrypted.",
      "fields": [
        { "name": "sealed", "type": "string", "doc": "AES-256-GCM under a key that is not in the log." },
        { "name": "expiresAt", "type": [
          "null",
          { "type": "long", "logicalType": "timestamp-millis" },
        ], "default": null, "doc": "From then on nothing is signed with it; null for the present one." },
      ],
    } }, "doc": "What deliveries are signed with, the present one first." },
    { "name": "headers", "sealed": true, "type": ["null", "string"], "default": null, "doc": "Fixed extra headers of each delivery, as JSON, encrypted as the secrets are; null for none." },
    { "name": "startFrom", "type": "string", "doc": "Where it was to begin, in the words of who asked: now, beginning, a time of RFC 3339, or positions separated by commas." },
    { "name": "start", "type": { "type": "map", "values": "long" }, "doc": "Where it begins, as offsets by `<topic>/<partition>`. A partition that is not named is delivered from its beginning." },
    { "name": "positions", "type": { "type": "map", "values": "long" }, "doc": "The ends of all partitions of all event topics when the command came in, as `<topic>/<partition>`: what is owed changes there. A partition that is not named is younger." },
  ],
};

export const WEBHOOK_SUBSCRIPTION_DELETED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "WebhookSubscriptionDeleted",
  "namespace": "orderstream.webhooks",
  "eventType": "webhook-subscription.deleted",
  "doc": "The subscription ended. Nothing is owed any more.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "subscriptionId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The subscription." },
    { "name": "positions", "type": { "type": "map", "values": "long" }, "doc": "The ends of all partitions of all event topics when the command came in, as `<topic>/<partition>`: what is owed changes there. A partition that is not named is younger." },
  ],
};

export const WEBHOOK_SUBSCRIPTION_DISABLED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "WebhookSubscriptionDisabled",
  "namespace": "orderstream.webhooks",
  "eventType": "webhook-subscription.disabled",
  "doc": "The endpoint is dead, so that nothing is sent any more until somebody resumes. Events go on being owed.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "subscriptionId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The subscription." },
    { "name": "reason", "type": "string", "doc": "gone: it answered 410. failing: for days nothing succeeded." },
    { "name": "positions", "type": { "type": "map", "values": "long" }, "doc": "The ends of all partitions of all event topics when the command came in, as `<topic>/<partition>`: what is owed changes there. A partition that is not named is younger." },
  ],
};

export const WEBHOOK_SUBSCRIPTION_FAILING_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "WebhookSubscriptionFailing",
  "namespace": "orderstream.webhooks",
  "eventType": "webhook-subscription.failing",
  "doc": "Few deliveries succeed, or the subscription is about to be disabled. Raised once for each warning.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "subscriptionId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The subscription." },
    { "name": "warning", "type": "string", "doc": "success-rate: few attempts succeed, or none for an hour. disabling: it will be disabled within about a day." },
    { "name": "attempts", "type": "long", "doc": "Attempts of the last hour, or since the endpoint changed or recovered if that is later." },
    { "name": "failed", "type": "long", "doc": "How many of them failed." },
    { "name": "since", "type": { "type": "long", "logicalType": "timestamp-millis" }, "doc": "When the failures began, as far as they are known." },
    { "name": "disablesAt", "type": [
      "null",
      { "type": "long", "logicalType": "timestamp-millis" },
    ], "default": null, "doc": "When it will be disabled unless a delivery succeeds, at most three hours early. Only with the warning disabling." },
    { "name": "lastError", "type": ["null", "string"], "default": null, "doc": "What went wrong at the last attempt of the delivery that has failed longest." },
  ],
};

export const WEBHOOK_SUBSCRIPTION_PAUSED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "WebhookSubscriptionPaused",
  "namespace": "orderstream.webhooks",
  "eventType": "webhook-subscription.paused",
  "doc": "The subscriber wants no deliveries for now. Events go on being owed.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "subscriptionId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The subscription." },
    { "name": "positions", "type": { "type": "map", "values": "long" }, "doc": "The ends of all partitions of all event topics when the command came in, as `<topic>/<partition>`: what is owed changes there. A partition that is not named is younger." },
  ],
};

export const WEBHOOK_SUBSCRIPTION_RECOVERED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "WebhookSubscriptionRecovered",
  "namespace": "orderstream.webhooks",
  "eventType": "webhook-subscription.recovered",
  "doc": "Deliveries of a failing subscription succeed again.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "subscriptionId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The subscription." },
    { "name": "warning", "type": "string", "doc": "The last warning before: success-rate or disabling." },
    { "name": "since", "type": { "type": "long", "logicalType": "timestamp-millis" }, "doc": "When the failures had begun, as that warning said." },
  ],
};

export const WEBHOOK_SUBSCRIPTION_RESUMED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "WebhookSubscriptionResumed",
  "namespace": "orderstream.webhooks",
  "eventType": "webhook-subscription.resumed",
  "doc": "Deliveries go on, with what has been owed since they stopped.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "subscriptionId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The subscription." },
    { "name": "positions", "type": { "type": "map", "values": "long" }, "doc": "The ends of all partitions of all event topics when the command came in, as `<topic>/<partition>`: what is owed changes there. A partition that is not named is younger." },
  ],
};

export const WEBHOOK_SUBSCRIPTION_UPDATED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "WebhookSubscriptionUpdated",
  "namespace": "orderstream.webhooks",
  "eventType": "webhook-subscription.updated",
  "doc": "Settings of a subscription changed, or its secret was rotated. All settings are here as they are from now on.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "subscriptionId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The subscription." },
    { "name": "callbackUrl", "queryHidden": true, "type": "string", "doc": "Where events are posted to, without the query. Events written before there was a callbackQuery have all of it here." },
    { "name": "callbackQuery", "sealed": true, "type": ["null", "string"], "default": null, "doc": "The query of the callback URL, from its question mark on, encrypted as the secrets are; null for none." },
    { "name": "eventTypes", "type": { "type": "array", "items": "string" }, "doc": "What is delivered: names of event types, and patterns of them." },
    { "name": "filter", "type": ["null", "string"], "default": null, "doc": "Conditions on fields of the event, as JSON: an object from paths to a value or a list of values. All must be true." },
    { "name": "ordering", "type": "string", "doc": "What arrives strictly in order: stream, partition or none." },
    { "name": "onExhausted", "type": "string", "doc": "What becomes of later deliveries behind one that ran out of attempts: park or skip." },
    { "name": "payload", "type": "string", "doc": "full, or thin: ids, and a link to fetch the rest." },
    { "name": "format", "type": "string", "doc": "native or cloudevents." },
    { "name": "batch", "type": [
      "null",
      {
        "type": "record",
        "name": "BatchMode",
        "doc": "Consecutive events of one partition in one request.",
        "fields": [
          { "name": "maxEvents", "type": "long", "doc": "Most events in a request, from 1." },
          { "name": "maxWaitMs", "type": "long", "doc": "So long a request waits for more events, in milliseconds." },
        ],
      },
    ], "default": null, "doc": "Several events in a request; null for one each." },
    { "name": "rateLimit", "type": ["null", "long"], "default": null, "doc": "Most requests in a second; null for no limit." },
    { "name": "retry", "type": {
      "type": "record",
      "name": "RetryPolicy",
      "doc": "How often, how soon and how patiently a delivery is tried.",
      "fields": [
        { "name": "maxAttempts", "type": "long", "doc": "Tries in all, the first one included." },
        { "name": "initialDelayMs", "type": "long", "doc": "Longest wait before the second try, in milliseconds; doubles with each further one." },
        { "name": "maxDelayMs", "type": "long", "doc": "Longest wait between two tries, in milliseconds." },
        { "name": "timeoutMs", "type": "long", "doc": "Within this time an endpoint must have answered, in milliseconds." },
      ],
    }, "doc": "How failed deliveries are tried again." },
    { "name": "secrets", "sealed": true, "type": { "type": "array", "items": {
      "type": "record",
      "name": "SealedSecret",
      "doc": "A signing secret, encrypted.",
      "fields": [
        { "name": "sealed", "type": "string", "doc": "AES-256-GCM under a key that is not in the log." },
        { "name": "expiresAt", "type": [
          "null",
          { "type": "long", "logicalType": "timestamp-millis" },
        ], "default": null, "doc": "From then on nothing is signed with it; null for the present one." },
      ],
    } }, "doc": "What deliveries are signed with, the present one first." },
    { "name": "headers", "sealed": true, "type": ["null", "string"], "default": null, "doc": "Fixed extra headers of each delivery, as JSON, encrypted as the secrets are; null for none." },
    { "name": "changed", "type": { "type": "array", "items": "string" }, "doc": "Names of the settings that are others now; secret after a rotation." },
    { "name": "positions", "type": { "type": "map", "values": "long" }, "doc": "The ends of all partitions of all event topics when the command came in, as `<topic>/<partition>`: what is owed changes there. A partition that is not named is younger." },
  ],
};

export const WEBHOOK_TEST_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "WebhookTest",
  "namespace": "orderstream.webhooks",
  "eventType": "webhook.test",
  "doc": "Somebody wants to see a delivery arrive. It is sent to this subscription and to no other.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "subscriptionId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The subscription." },
  ],
};
