/** The icons, drawn in the colour of the text around them; their meaning is in the label beside. */
import type { ComponentChildren } from 'preact';

function icon(children: ComponentChildren) {
  return () => (
    <svg
      class="icon"
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

export const Logo = () => (
  <svg class="logo" viewBox="0 0 32 32" width="22" height="22" aria-hidden="true" focusable="false">
    <rect width="32" height="32" rx="8" class="logo-ground" />
    <path d="M20.5 11.6a6.5 6.5 0 1 0 0 8.8" class="logo-ring" />
    <circle cx="23" cy="16" r="2.2" class="logo-dot" />
  </svg>
);

export const Plus = icon(<path d="M8 3v10M3 8h10" />);
export const Lines = icon(<path d="M3 3.5h10M6 6.5h7M6 9.5h7M3 12.5h10" />);
export const Pencil = icon(
  <path d="m3 13 .8-3.2L10.6 3a1.4 1.4 0 0 1 2 0l.4.4a1.4 1.4 0 0 1 0 2L6.2 12.2 3 13Z" />,
);
export const Trash = icon(
  <path d="M2.8 4.5h10.4M6.2 4.3V2.8h3.6v1.5M4.2 4.5l.6 8.7h6.4l.6-8.7M6.7 7v3.8M9.3 7v3.8" />,
);
export const Close = icon(<path d="m4 4 8 8m0-8-8 8" />);
export const Download = icon(<path d="M8 2.5v7.2M4.8 6.8 8 10l3.2-3.2M2.8 13.2h10.4" />);
export const Question = icon(
  <>
    <path d="M5.7 6a2.3 2.3 0 1 1 3.4 2c-.8.4-1.1.8-1.1 1.7" />
    <path d="M8 12.3v.2" />
  </>,
);
export const Sun = icon(
  <>
    <circle cx="8" cy="8" r="2.8" />
    <path d="M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9" />
  </>,
);
export const Moon = icon(<path d="M13 9.6A5.6 5.6 0 0 1 6.4 3 5.4 5.4 0 1 0 13 9.6Z" />);
export const HalfMoon = icon(
  <>
    <circle cx="8" cy="8" r="5.4" />
    <path d="M8 2.6a5.4 5.4 0 0 1 0 10.8Z" class="solid" />
  </>,
);
export const Sliders = icon(
  <>
    <path d="M2.5 5h5M11 5h2.5M2.5 11H5M8.5 11h5" />
    <circle cx="9.2" cy="5" r="1.7" />
    <circle cx="6.8" cy="11" r="1.7" />
  </>,
);
export const ErrorIcon = icon(
  <>
    <circle cx="8" cy="8" r="6" />
    <path d="m5.8 5.8 4.4 4.4m0-4.4-4.4 4.4" />
  </>,
);
export const WarningIcon = icon(
  <>
    <path d="M8 2.3 14.3 13.4H1.7L8 2.3Z" />
    <path d="M8 6.6v3M8 11.6v.1" />
  </>,
);
export const InfoIcon = icon(
  <>
    <circle cx="8" cy="8" r="6" />
    <path d="M8 7.4v3.4M8 5v.1" />
  </>,
);
export const Check = icon(<path d="m3.2 8.6 3 3L12.8 5" />);
