import { type ReactNode, useEffect, useState } from 'react';

const SHOWN_MS = 2_000;

interface CopyProps {
  readonly value: string;
  readonly children: (state: { readonly copied: boolean; readonly copy: () => void }) => ReactNode;
}

/** Lets a button copy a text, also over plain http and in a frame, where browsers offer no clipboard to write to. */
export function Copy({ value, children }: CopyProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  return children({ copied, copy: () => void write(value).then(setCopied) });
}

async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyAsAPersonDoes(text);
  }
}

/** Puts the text in place of what a copy of the page's selection would take. */
function copyAsAPersonDoes(text: string): boolean {
  let isTaken = false;
  const take = (event: ClipboardEvent) => {
    event.preventDefault();
    event.clipboardData?.setData('text/plain', text);
    isTaken = event.clipboardData !== null;
  };
  document.addEventListener('copy', take);
  // oxlint-disable-next-line typescript/no-deprecated -- nothing else copies without a clipboard to write to
  document.execCommand('copy');
  document.removeEventListener('copy', take);
  return isTaken;
}
