import { type AnyRouter, lazyRouteComponent } from '@tanstack/react-router';

/** A page whose code did not come: the server is away, or a newer version has replaced it. */
export class PageNotLoaded extends Error {
  override readonly name = 'PageNotLoaded';

  constructor(cause: unknown) {
    super('This page could not be loaded, because the server cannot be reached.', { cause });
  }
}

/** A page with code of its own, which comes when it is first shown or by {@link loadAllPages}. */
export const lazyPage = <Module extends Record<string, unknown>, Name extends keyof Module>(
  load: () => Promise<Module>,
  name: Name,
) =>
  lazyRouteComponent(
    // The router would reload the whole console for the browser's own error, while nobody answers.
    () =>
      load().catch((error: unknown) => {
        throw new PageNotLoaded(error);
      }),
    name,
  );

/** Loads the code of pages below these paths, so that they also open while the server restarts. */
export async function loadAllPages(router: AnyRouter, paths: readonly string[]): Promise<void> {
  for (const route of Object.values(router.routesById)) {
    const { fullPath, options } = route as { fullPath: string; options: { component?: Preloadable } };
    if (!paths.some((path) => fullPath.startsWith(path))) continue;
    await options.component?.preload?.();
  }
}

interface Preloadable {
  readonly preload?: () => Promise<unknown> | undefined;
}
