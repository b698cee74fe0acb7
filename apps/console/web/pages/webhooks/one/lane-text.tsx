import { shortId } from '../../../parts/identifier';

/** A lane by the end of its id, or whole if it is a partition. */
export function LaneText({ lane }: { readonly lane: string }) {
  const isId = lane.length > 24;
  return (
    <span className="nowrap" title={lane}>
      {isId ? shortId(lane) : lane}
    </span>
  );
}
