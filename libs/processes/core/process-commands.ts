import type { TargetAnswer, JsonData } from './process-definition.js';

/** An event of another stream, as its process sees it. */
export interface HandleEvent {
  readonly type: 'handle-event';
  readonly eventId: string;
  readonly eventType: string;
  /** `<topic>/<stream id>`: the events of a stream are handled once each, in order. */
  readonly stream: string;
  readonly version: number;
  readonly correlationId: string;
  /** The trace context of the event, if it has one. */
  readonly traceparent?: string;
  readonly event: JsonData;
}

export interface HandleAnswer {
  readonly type: 'handle-answer';
  readonly commandId: string;
  readonly answer: TargetAnswer;
}

/** Has no effect unless the timer is still set for that time, and the time has come. */
export interface FireTimer {
  readonly type: 'fire-timer';
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly dueAt: number;
}

/** A command has gone unanswered for too long. */
export interface ReportStuck {
  readonly type: 'report-stuck';
  readonly commandId: string;
  readonly error: string;
}

export interface RetryProcess {
  readonly type: 'retry-process';
}

export interface CancelProcess {
  readonly type: 'cancel-process';
  readonly reason: string | null;
}

export type ProcessCommand = (
  | HandleEvent
  | HandleAnswer
  | FireTimer
  | ReportStuck
  | RetryProcess
  | CancelProcess
) & {
  readonly processId: string;
  /** The definition's name; that of the existing process where it is empty. */
  readonly process: string;
  /** When it came in, in milliseconds since 1970. */
  readonly at: number;
};
