import { useQueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { requestContext } from '../api/context';

const CHANGED = 'orderstream:personal-data';
const HIDDEN_AGAIN_AFTER_MS = 10 * 60_000;
let hideLater: ReturnType<typeof setTimeout> | undefined;

function setShown(shown: boolean): void {
  clearTimeout(hideLater);
  requestContext.showsPersonalData = shown;
  if (shown) hideLater = setTimeout(() => setShown(false), HIDDEN_AGAIN_AFTER_MS);
  dispatchEvent(new Event(CHANGED));
}

const subscribe = (changed: () => void) => {
  addEventListener(CHANGED, changed);
  return () => removeEventListener(CHANGED, changed);
};

/** Personal data is hidden until it is asked for, and again after ten minutes. Each request for it is recorded. */
export function usePersonalData() {
  const queries = useQueryClient();
  const isShown = useSyncExternalStore(subscribe, () => requestContext.showsPersonalData ?? false);
  const change = (shown: boolean) => {
    setShown(shown);
    void queries.invalidateQueries();
  };
  return { isShown, show: () => change(true), hide: () => change(false) };
}
