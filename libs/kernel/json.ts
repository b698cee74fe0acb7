/**
 * Removes null members. Clients and subscribers see unknown values as absent, as in their requests; in the domain, Avro's
 * optional fields are null.
 */
export function withoutNulls<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutNulls) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const kept: Record<string, unknown> = {};
  // Avoids `Object.entries`, which allocates an array per member: every response goes through here.
  for (const name of Object.keys(value)) {
    const member: unknown = (value as Record<string, unknown>)[name];
    if (member !== null) kept[name] = typeof member === 'object' ? withoutNulls(member) : member;
  }
  return kept as Value;
}

/** Serializes equal values to equal JSON, regardless of member order. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  let text = '';
  for (const name of Object.keys(value).toSorted()) {
    const member: unknown = (value as Record<string, unknown>)[name];
    if (member === undefined) continue;
    text += `${text && ','}${JSON.stringify(name)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}
