/** A dialog over the page: the browser keeps the keyboard in it, and Escape closes it. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { Close } from './icons';

interface Props {
  readonly title: string;
  /** `drawer`: along the right edge, full height. */
  readonly shape?: 'sheet' | 'drawer';
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Dialog({ title, shape = 'sheet', onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class={`dialog ${shape}`}
      aria-labelledby="dialog-title"
      onClose={onClose}
      onClick={(event) => {
        // The backdrop counts as the dialog itself; what is in it is below.
        if (event.target === event.currentTarget) event.currentTarget.close();
      }}
    >
      <div class="dialog-frame">
        <div class="dialog-head">
          <h2 id="dialog-title">{title}</h2>
          <button
            type="button"
            class="quiet square"
            aria-label="Close"
            title="Close (Escape)"
            onClick={() => dialog.current?.close()}
          >
            <Close />
          </button>
        </div>
        <div class="dialog-body">{children}</div>
      </div>
    </dialog>
  );
}
