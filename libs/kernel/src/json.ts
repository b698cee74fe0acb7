/**
 * What clients and subscribers are sent has no nulls: what is not known is absent, as it was in the request.
 * (Avro's optional fields are null in the domain.)
 */
export function withoutNulls<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutNulls) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const kept: Record<string, unknown> = {};
  // Rather than by `Object.entries`, which makes an array of each member: every answer goes through here.
  for (const name of Object.keys(value)) {
    const member: unknown = (value as Record<string, unknown>)[name];
    if (member !== null) kept[name] = typeof member === 'object' ? withoutNulls(member) : member;
  }
  return kept as Value;
}

/** JSON in one spelling: the same text for what is the same, in whichever order members were written. */
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
