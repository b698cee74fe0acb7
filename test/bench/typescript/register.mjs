/** Lets Node run the TypeScript of the benches; the product that it imports by `#libs/…` is the built one. */
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
