import { Button, type ButtonProps, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';

interface DialogButtonProps extends Pick<ButtonProps, 'variant' | 'color' | 'size' | 'disabled'> {
  readonly label: string;
  readonly title?: string;
  /** The dialog, made anew each time it opens. */
  readonly children: (close: () => void) => ReactNode;
}

/** Opens a dialog with a form or an answer of its own; a plain confirmation is an `ActButton`. */
export function DialogButton({ label, title = label, children, ...button }: DialogButtonProps) {
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <>
      <Button size="xs" variant="default" {...button} onClick={open}>
        {label}
      </Button>
      <Modal opened={isOpen} onClose={close} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
        {isOpen && children(close)}
      </Modal>
    </>
  );
}
