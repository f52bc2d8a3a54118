/** The bar between the halves: drag it, or move it with the arrow keys. */
import type { Signal } from '@preact/signals';

const clamp = (share: number) => Math.min(0.8, Math.max(0.2, share));

export function Splitter({ value }: { readonly value: Signal<number> }) {
  const set = (share: number) => (value.value = clamp(share));
  return (
    <div
      class="splitter"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label="Width of the editor"
      aria-valuemin={20}
      aria-valuemax={80}
      aria-valuenow={Math.round(value.value * 100)}
      onKeyDown={(event) => {
        const step = { ArrowLeft: -0.02, ArrowRight: 0.02 }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        set(value.value + step);
      }}
      onDblClick={() => set(0.5)}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        const work = event.currentTarget.parentElement;
        if (!work || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
        const { left, width } = work.getBoundingClientRect();
        set((event.clientX - left) / width);
      }}
    />
  );
}
