import type { RecordedEvent } from '#libs/kernel';
import { directCauses } from './causes.js';
import { type JsonDifference, jsonDifferences } from './json-differences.js';

/** The document of a stream's state after each of its events, or nothing where the state cannot be known. */
export interface StreamDocuments {
  /** @returns the document after the event; `undefined` if it is not known. Called with a stream's events in order. */
  after(event: RecordedEvent): object | undefined;
}

/** An event of an order's story. */
export interface StoryNode<Event extends RecordedEvent = RecordedEvent> {
  readonly event: Event;
  /** Ids of the events that led to it most directly. */
  readonly causes: readonly string[];
  /** What the event changed in the document of its stream. Absent for a first event, and where the former state is unknown. */
  readonly change?: readonly JsonDifference[];
}

/** Of one event. More differences help nobody. */
const MAX_DIFFERENCES = 100;
/** They change with each event. */
const COUNTERS = new Set(['/version', '/updatedAt']);

/** Streams of several topics have the order's id. */
const streamOf = ({ position, metadata }: RecordedEvent): string => `${position.topic} ${metadata.streamId}`;

/** Events in order of time. Those of one stream stay in order of their versions, even if a clock went back. */
export function inOrderOfTime<Event extends RecordedEvent>(events: readonly Event[]): Event[] {
  const latest = new Map<string, string>();
  const placed = events
    .toSorted((a, b) => a.metadata.version - b.metadata.version)
    .map((event) => {
      const [stream, own] = [streamOf(event), placeOf(event)];
      const former = latest.get(stream) ?? own;
      const place = former > own ? former : own;
      latest.set(stream, place);
      return { event, stream, place };
    });
  return placed
    .toSorted(
      (a, b) =>
        compare(a.place, b.place) ||
        compare(a.stream, b.stream) ||
        a.event.metadata.version - b.event.metadata.version,
    )
    .map(({ event }) => event);
}

/** Ids of events are in order of time, even within a millisecond. */
const placeOf = ({ metadata }: RecordedEvent): string => `${metadata.occurredAt} ${metadata.eventId}`;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Tells what each event changed.
 * @param events in order of time
 */
export function storyNodes<Event extends RecordedEvent>(
  events: readonly Event[],
  documents: StreamDocuments,
): StoryNode<Event>[] {
  const before = new Map<string, object>();
  const direct = directCauses(events);
  return events.map((event) => {
    const causes = direct.get(event.metadata.eventId) ?? [];
    const stream = streamOf(event);
    const [former, document] = [before.get(stream), documents.after(event)];
    if (document) before.set(stream, document);
    else before.delete(stream);
    if (!former || !document) return { event, causes };
    const change = jsonDifferences(former, document).filter(({ pointer }) => !COUNTERS.has(pointer));
    return { event, causes, change: change.slice(0, MAX_DIFFERENCES) };
  });
}

/** The ids of causes that are not among the events. */
export function missingCauses(events: readonly RecordedEvent[]): string[] {
  const known = new Set(events.map(({ metadata }) => metadata.eventId));
  const causes = events.flatMap(({ metadata }) => metadata.causationId ?? []);
  return [...new Set(causes)].filter((eventId) => !known.has(eventId));
}
