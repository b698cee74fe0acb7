/** Makes a decorator of a route one of a whole controller too, for each of its routes. */
export const onEachRoute =
  (mark: MethodDecorator): MethodDecorator & ClassDecorator =>
  (target: object, key?: PropertyKey) => {
    if (key !== undefined) return markHandler(mark, target, key);
    const { prototype } = target as { prototype: object };
    for (const name of Object.getOwnPropertyNames(prototype)) {
      if (name !== 'constructor') markHandler(mark, prototype, name);
    }
  };

function markHandler(mark: MethodDecorator, prototype: object, key: PropertyKey): void {
  const handler = Object.getOwnPropertyDescriptor(prototype, key);
  if (typeof handler?.value === 'function') mark(prototype, key as string, handler);
}
