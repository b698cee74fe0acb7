// Generated from schemas/ by `npm run contracts`. Change the schemas, not this file.
import type { RecordSchema } from '../avro-schema.js';
import { EVENT_METADATA_SCHEMA } from './metadata.js';

/** A command that goes out. It is sent until it is answered, under the same id. */
export interface ProcessCommand {
  /** Its id, the same on every repeat. */
  readonly commandId: string;
  /** Its name within the process, such as reserve. */
  readonly key: string;
  /** Who carries it out, such as stock. */
  readonly target: string;
  /** What is to be done. */
  readonly name: string;
  /** The whole command, as JSON. */
  readonly payload: string;
}

/** A time at which the process wants to be called. */
export interface ProcessTimer {
  /** Its name within the process. */
  readonly name: string;
  /** When it is due. */
  readonly dueAt: string;
}

/** Something came into the process, and something may have gone out. */
export interface ProcessAdvanced {
  /** The process: for an order, the order's id. */
  readonly processId: string;
  /** Its kind, such as order-fulfilment. */
  readonly process: string;
  /** The order that it carries, if it carries one. */
  readonly orderId: string | null;
  /** The client's id of the customer. */
  readonly customerId: string | null;
  /** ISO 4217 code of the total. */
  readonly currency: string | null;
  /** What it is about, in minor units of the currency. */
  readonly total: number | null;
  /** When the input came in. */
  readonly at: string;
  /** What came in, in a few words: an event's type, an answered command, a timer, an operator's wish. */
  readonly trigger: string;
  /** The whole input, as JSON. */
  readonly input: string;
  /** The commands that go out. */
  readonly commands: ReadonlyArray<ProcessCommand>;
  /** Ids of commands whose answers no longer matter. */
  readonly withdrawn: ReadonlyArray<string>;
  /** Timers that begin, or change. */
  readonly timersSet: ReadonlyArray<ProcessTimer>;
  /** Names of timers that end. */
  readonly timersCleared: ReadonlyArray<string>;
  /** Why the process is stuck. */
  readonly error: string | null;
}

/** The process has undone what it had done, because its goal could not be reached. */
export interface ProcessCompensated {
  /** The process: for an order, the order's id. */
  readonly processId: string;
  /** Its kind, such as order-fulfilment. */
  readonly process: string;
  /** The order that it carries, if it carries one. */
  readonly orderId: string | null;
  /** The client's id of the customer. */
  readonly customerId: string | null;
  /** ISO 4217 code of the total. */
  readonly currency: string | null;
  /** What it is about, in minor units of the currency. */
  readonly total: number | null;
  /** When the input came in. */
  readonly at: string;
  /** What came in, in a few words: an event's type, an answered command, a timer, an operator's wish. */
  readonly trigger: string;
  /** The whole input, as JSON. */
  readonly input: string;
  /** The commands that go out. */
  readonly commands: ReadonlyArray<ProcessCommand>;
  /** Ids of commands whose answers no longer matter. */
  readonly withdrawn: ReadonlyArray<string>;
  /** Timers that begin, or change. */
  readonly timersSet: ReadonlyArray<ProcessTimer>;
  /** Names of timers that end. */
  readonly timersCleared: ReadonlyArray<string>;
  /** Why the process is stuck. */
  readonly error: string | null;
}

/** The process has done all that it had to. */
export interface ProcessCompleted {
  /** The process: for an order, the order's id. */
  readonly processId: string;
  /** Its kind, such as order-fulfilment. */
  readonly process: string;
  /** The order that it carries, if it carries one. */
  readonly orderId: string | null;
  /** The client's id of the customer. */
  readonly customerId: string | null;
  /** ISO 4217 code of the total. */
  readonly currency: string | null;
  /** What it is about, in minor units of the currency. */
  readonly total: number | null;
  /** When the input came in. */
  readonly at: string;
  /** What came in, in a few words: an event's type, an answered command, a timer, an operator's wish. */
  readonly trigger: string;
  /** The whole input, as JSON. */
  readonly input: string;
  /** The commands that go out. */
  readonly commands: ReadonlyArray<ProcessCommand>;
  /** Ids of commands whose answers no longer matter. */
  readonly withdrawn: ReadonlyArray<string>;
  /** Timers that begin, or change. */
  readonly timersSet: ReadonlyArray<ProcessTimer>;
  /** Names of timers that end. */
  readonly timersCleared: ReadonlyArray<string>;
  /** Why the process is stuck. */
  readonly error: string | null;
}

/** A process manager began to carry something, such as an order. */
export interface ProcessStarted {
  /** The process: for an order, the order's id. */
  readonly processId: string;
  /** Its kind, such as order-fulfilment. */
  readonly process: string;
  /** The order that it carries, if it carries one. */
  readonly orderId: string | null;
  /** The client's id of the customer. */
  readonly customerId: string | null;
  /** ISO 4217 code of the total. */
  readonly currency: string | null;
  /** What it is about, in minor units of the currency. */
  readonly total: number | null;
  /** When the input came in. */
  readonly at: string;
  /** What came in, in a few words: an event's type, an answered command, a timer, an operator's wish. */
  readonly trigger: string;
  /** The whole input, as JSON. */
  readonly input: string;
  /** The commands that go out. */
  readonly commands: ReadonlyArray<ProcessCommand>;
  /** Ids of commands whose answers no longer matter. */
  readonly withdrawn: ReadonlyArray<string>;
  /** Timers that begin, or change. */
  readonly timersSet: ReadonlyArray<ProcessTimer>;
  /** Names of timers that end. */
  readonly timersCleared: ReadonlyArray<string>;
  /** Why the process is stuck. */
  readonly error: string | null;
}

/** The process makes no progress: a command goes without an answer, or an input cannot be handled. It is tried again. */
export interface ProcessStuck {
  /** The process: for an order, the order's id. */
  readonly processId: string;
  /** Its kind, such as order-fulfilment. */
  readonly process: string;
  /** The order that it carries, if it carries one. */
  readonly orderId: string | null;
  /** The client's id of the customer. */
  readonly customerId: string | null;
  /** ISO 4217 code of the total. */
  readonly currency: string | null;
  /** What it is about, in minor units of the currency. */
  readonly total: number | null;
  /** When the input came in. */
  readonly at: string;
  /** What came in, in a few words: an event's type, an answered command, a timer, an operator's wish. */
  readonly trigger: string;
  /** The whole input, as JSON. */
  readonly input: string;
  /** The commands that go out. */
  readonly commands: ReadonlyArray<ProcessCommand>;
  /** Ids of commands whose answers no longer matter. */
  readonly withdrawn: ReadonlyArray<string>;
  /** Timers that begin, or change. */
  readonly timersSet: ReadonlyArray<ProcessTimer>;
  /** Names of timers that end. */
  readonly timersCleared: ReadonlyArray<string>;
  /** Why the process is stuck. */
  readonly error: string | null;
}

/** The data of each event in topic `processes`, by event type. */
export interface ProcessesEvents {
  readonly 'process.advanced': ProcessAdvanced;
  readonly 'process.compensated': ProcessCompensated;
  readonly 'process.completed': ProcessCompleted;
  readonly 'process.started': ProcessStarted;
  readonly 'process.stuck': ProcessStuck;
}

export const PROCESS_ADVANCED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "ProcessAdvanced",
  "namespace": "orderstream.processes",
  "eventType": "process.advanced",
  "doc": "Something came into the process, and something may have gone out.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "processId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The process: for an order, the order's id." },
    { "name": "process", "type": "string", "doc": "Its kind, such as order-fulfilment." },
    { "name": "orderId", "type": [
      "null",
      { "type": "string", "logicalType": "uuid" },
    ], "default": null, "doc": "The order that it carries, if it carries one." },
    { "name": "customerId", "type": ["null", "string"], "default": null, "doc": "The client's id of the customer." },
    { "name": "currency", "type": ["null", "string"], "default": null, "doc": "ISO 4217 code of the total." },
    { "name": "total", "type": ["null", "long"], "default": null, "doc": "What it is about, in minor units of the currency." },
    { "name": "at", "type": { "type": "long", "logicalType": "timestamp-millis" }, "doc": "When the input came in." },
    { "name": "trigger", "type": "string", "doc": "What came in, in a few words: an event's type, an answered command, a timer, an operator's wish." },
    { "name": "input", "type": "string", "doc": "The whole input, as JSON." },
    { "name": "commands", "type": { "type": "array", "items": {
      "type": "record",
      "name": "ProcessCommand",
      "doc": "A command that goes out. It is sent until it is answered, under the same id.",
      "fields": [
        { "name": "commandId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "Its id, the same on every repeat." },
        { "name": "key", "type": "string", "doc": "Its name within the process, such as reserve." },
        { "name": "target", "type": "string", "doc": "Who carries it out, such as stock." },
        { "name": "name", "type": "string", "doc": "What is to be done." },
        { "name": "payload", "type": "string", "doc": "The whole command, as JSON." },
      ],
    } }, "doc": "The commands that go out." },
    { "name": "withdrawn", "type": { "type": "array", "items": { "type": "string", "logicalType": "uuid" } }, "doc": "Ids of commands whose answers no longer matter." },
    { "name": "timersSet", "type": { "type": "array", "items": {
      "type": "record",
      "name": "ProcessTimer",
      "doc": "A time at which the process wants to be called.",
      "fields": [
        { "name": "name", "type": "string", "doc": "Its name within the process." },
        { "name": "dueAt", "type": { "type": "long", "logicalType": "timestamp-millis" }, "doc": "When it is due." },
      ],
    } }, "doc": "Timers that begin, or change." },
    { "name": "timersCleared", "type": { "type": "array", "items": "string" }, "doc": "Names of timers that end." },
    { "name": "error", "type": ["null", "string"], "default": null, "doc": "Why the process is stuck." },
  ],
};

export const PROCESS_COMPENSATED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "ProcessCompensated",
  "namespace": "orderstream.processes",
  "eventType": "process.compensated",
  "doc": "The process has undone what it had done, because its goal could not be reached.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "processId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The process: for an order, the order's id." },
    { "name": "process", "type": "string", "doc": "Its kind, such as order-fulfilment." },
    { "name": "orderId", "type": [
      "null",
      { "type": "string", "logicalType": "uuid" },
    ], "default": null, "doc": "The order that it carries, if it carries one." },
    { "name": "customerId", "type": ["null", "string"], "default": null, "doc": "The client's id of the customer." },
    { "name": "currency", "type": ["null", "string"], "default": null, "doc": "ISO 4217 code of the total." },
    { "name": "total", "type": ["null", "long"], "default": null, "doc": "What it is about, in minor units of the currency." },
    { "name": "at", "type": { "type": "long", "logicalType": "timestamp-millis" }, "doc": "When the input came in." },
    { "name": "trigger", "type": "string", "doc": "What came in, in a few words: an event's type, an answered command, a timer, an operator's wish." },
    { "name": "input", "type": "string", "doc": "The whole input, as JSON." },
    { "name": "commands", "type": { "type": "array", "items": {
      "type": "record",
      "name": "ProcessCommand",
      "doc": "A command that goes out. It is sent until it is answered, under the same id.",
      "fields": [
        { "name": "commandId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "Its id, the same on every repeat." },
        { "name": "key", "type": "string", "doc": "Its name within the process, such as reserve." },
        { "name": "target", "type": "string", "doc": "Who carries it out, such as stock." },
        { "name": "name", "type": "string", "doc": "What is to be done." },
        { "name": "payload", "type": "string", "doc": "The whole command, as JSON." },
      ],
    } }, "doc": "The commands that go out." },
    { "name": "withdrawn", "type": { "type": "array", "items": { "type": "string", "logicalType": "uuid" } }, "doc": "Ids of commands whose answers no longer matter." },
    { "name": "timersSet", "type": { "type": "array", "items": {
      "type": "record",
      "name": "ProcessTimer",
      "doc": "A time at which the process wants to be called.",
      "fields": [
        { "name": "name", "type": "string", "doc": "Its name within the process." },
        { "name": "dueAt", "type": { "type": "long", "logicalType": "timestamp-millis" }, "doc": "When it is due." },
      ],
    } }, "doc": "Timers that begin, or change." },
    { "name": "timersCleared", "type": { "type": "array", "items": "string" }, "doc": "Names of timers that end." },
    { "name": "error", "type": ["null", "string"], "default": null, "doc": "Why the process is stuck." },
  ],
};

export const PROCESS_COMPLETED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "ProcessCompleted",
  "namespace": "orderstream.processes",
  "eventType": "process.completed",
  "doc": "The process has done all that it had to.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "processId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The process: for an order, the order's id." },
    { "name": "process", "type": "string", "doc": "Its kind, such as order-fulfilment." },
    { "name": "orderId", "type": [
      "null",
      { "type": "string", "logicalType": "uuid" },
    ], "default": null, "doc": "The order that it carries, if it carries one." },
    { "name": "customerId", "type": ["null", "string"], "default": null, "doc": "The client's id of the customer." },
    { "name": "currency", "type": ["null", "string"], "default": null, "doc": "ISO 4217 code of the total." },
    { "name": "total", "type": ["null", "long"], "default": null, "doc": "What it is about, in minor units of the currency." },
    { "name": "at", "type": { "type": "long", "logicalType": "timestamp-millis" }, "doc": "When the input came in." },
    { "name": "trigger", "type": "string", "doc": "What came in, in a few words: an event's type, an answered command, a timer, an operator's wish." },
    { "name": "input", "type": "string", "doc": "The whole input, as JSON." },
    { "name": "commands", "type": { "type": "array", "items": {
      "type": "record",
      "name": "ProcessCommand",
      "doc": "A command that goes out. It is sent until it is answered, under the same id.",
      "fields": [
        { "name": "commandId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "Its id, the same on every repeat." },
        { "name": "key", "type": "string", "doc": "Its name within the process, such as reserve." },
        { "name": "target", "type": "string", "doc": "Who carries it out, such as stock." },
        { "name": "name", "type": "string", "doc": "What is to be done." },
        { "name": "payload", "type": "string", "doc": "The whole command, as JSON." },
      ],
    } }, "doc": "The commands that go out." },
    { "name": "withdrawn", "type": { "type": "array", "items": { "type": "string", "logicalType": "uuid" } }, "doc": "Ids of commands whose answers no longer matter." },
    { "name": "timersSet", "type": { "type": "array", "items": {
      "type": "record",
      "name": "ProcessTimer",
      "doc": "A time at which the process wants to be called.",
      "fields": [
        { "name": "name", "type": "string", "doc": "Its name within the process." },
        { "name": "dueAt", "type": { "type": "long", "logicalType": "timestamp-millis" }, "doc": "When it is due." },
      ],
    } }, "doc": "Timers that begin, or change." },
    { "name": "timersCleared", "type": { "type": "array", "items": "string" }, "doc": "Names of timers that end." },
    { "name": "error", "type": ["null", "string"], "default": null, "doc": "Why the process is stuck." },
  ],
};

export const PROCESS_STARTED_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "ProcessStarted",
  "namespace": "orderstream.processes",
  "eventType": "process.started",
  "doc": "A process manager began to carry something, such as an order.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "processId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The process: for an order, the order's id." },
    { "name": "process", "type": "string", "doc": "Its kind, such as order-fulfilment." },
    { "name": "orderId", "type": [
      "null",
      { "type": "string", "logicalType": "uuid" },
    ], "default": null, "doc": "The order that it carries, if it carries one." },
    { "name": "customerId", "type": ["null", "string"], "default": null, "doc": "The client's id of the customer." },
    { "name": "currency", "type": ["null", "string"], "default": null, "doc": "ISO 4217 code of the total." },
    { "name": "total", "type": ["null", "long"], "default": null, "doc": "What it is about, in minor units of the currency." },
    { "name": "at", "type": { "type": "long", "logicalType": "timestamp-millis" }, "doc": "When the input came in." },
    { "name": "trigger", "type": "string", "doc": "What came in, in a few words: an event's type, an answered command, a timer, an operator's wish." },
    { "name": "input", "type": "string", "doc": "The whole input, as JSON." },
    { "name": "commands", "type": { "type": "array", "items": {
      "type": "record",
      "name": "ProcessCommand",
      "doc": "A command that goes out. It is sent until it is answered, under the same id.",
      "fields": [
        { "name": "commandId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "Its id, the same on every repeat." },
        { "name": "key", "type": "string", "doc": "Its name within the process, such as reserve." },
        { "name": "target", "type": "string", "doc": "Who carries it out, such as stock." },
        { "name": "name", "type": "string", "doc": "What is to be done." },
        { "name": "payload", "type": "string", "doc": "The whole command, as JSON." },
      ],
    } }, "doc": "The commands that go out." },
    { "name": "withdrawn", "type": { "type": "array", "items": { "type": "string", "logicalType": "uuid" } }, "doc": "Ids of commands whose answers no longer matter." },
    { "name": "timersSet", "type": { "type": "array", "items": {
      "type": "record",
      "name": "ProcessTimer",
      "doc": "A time at which the process wants to be called.",
      "fields": [
        { "name": "name", "type": "string", "doc": "Its name within the process." },
        { "name": "dueAt", "type": { "type": "long", "logicalType": "timestamp-millis" }, "doc": "When it is due." },
      ],
    } }, "doc": "Timers that begin, or change." },
    { "name": "timersCleared", "type": { "type": "array", "items": "string" }, "doc": "Names of timers that end." },
    { "name": "error", "type": ["null", "string"], "default": null, "doc": "Why the process is stuck." },
  ],
};

export const PROCESS_STUCK_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "ProcessStuck",
  "namespace": "orderstream.processes",
  "eventType": "process.stuck",
  "doc": "The process makes no progress: a command goes without an answer, or an input cannot be handled. It is tried again.",
  "fields": [
    { "name": "metadata", "type": EVENT_METADATA_SCHEMA, "doc": "Who, when, why and where." },
    { "name": "processId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "The process: for an order, the order's id." },
    { "name": "process", "type": "string", "doc": "Its kind, such as order-fulfilment." },
    { "name": "orderId", "type": [
      "null",
      { "type": "string", "logicalType": "uuid" },
    ], "default": null, "doc": "The order that it carries, if it carries one." },
    { "name": "customerId", "type": ["null", "string"], "default": null, "doc": "The client's id of the customer." },
    { "name": "currency", "type": ["null", "string"], "default": null, "doc": "ISO 4217 code of the total." },
    { "name": "total", "type": ["null", "long"], "default": null, "doc": "What it is about, in minor units of the currency." },
    { "name": "at", "type": { "type": "long", "logicalType": "timestamp-millis" }, "doc": "When the input came in." },
    { "name": "trigger", "type": "string", "doc": "What came in, in a few words: an event's type, an answered command, a timer, an operator's wish." },
    { "name": "input", "type": "string", "doc": "The whole input, as JSON." },
    { "name": "commands", "type": { "type": "array", "items": {
      "type": "record",
      "name": "ProcessCommand",
      "doc": "A command that goes out. It is sent until it is answered, under the same id.",
      "fields": [
        { "name": "commandId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "Its id, the same on every repeat." },
        { "name": "key", "type": "string", "doc": "Its name within the process, such as reserve." },
        { "name": "target", "type": "string", "doc": "Who carries it out, such as stock." },
        { "name": "name", "type": "string", "doc": "What is to be done." },
        { "name": "payload", "type": "string", "doc": "The whole command, as JSON." },
      ],
    } }, "doc": "The commands that go out." },
    { "name": "withdrawn", "type": { "type": "array", "items": { "type": "string", "logicalType": "uuid" } }, "doc": "Ids of commands whose answers no longer matter." },
    { "name": "timersSet", "type": { "type": "array", "items": {
      "type": "record",
      "name": "ProcessTimer",
      "doc": "A time at which the process wants to be called.",
      "fields": [
        { "name": "name", "type": "string", "doc": "Its name within the process." },
        { "name": "dueAt", "type": { "type": "long", "logicalType": "timestamp-millis" }, "doc": "When it is due." },
      ],
    } }, "doc": "Timers that begin, or change." },
    { "name": "timersCleared", "type": { "type": "array", "items": "string" }, "doc": "Names of timers that end." },
    { "name": "error", "type": ["null", "string"], "default": null, "doc": "Why the process is stuck." },
  ],
};
