/** Where a large sheet lies behind a glass, and how large it is seen. */

export interface View {
  /** Of the sheet's top left corner, in pixels of the page from the glass's own. */
  readonly x: number;
  readonly y: number;
  /** Pixels of the page for each texel. */
  readonly zoom: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Texels that are larger than this many pixels show nothing more. */
const CLOSEST = 8;

/** A sheet may be zoomed out to this share of the size that just fits. */
const FARTHEST = 0.5;

/** What of the sheet must stay in sight, in pixels. */
const HOLD = 60;

/** A length in whole pixels of the screen: between tiles of broken size, browsers draw lines. */
export function toGlass(length: number): number {
  const fine = globalThis.devicePixelRatio || 1;
  return Math.max(1, Math.round(length * fine)) / fine;
}

/** The whole sheet, as large as it fits, in the middle. */
export function fitted(sheet: Size, glass: Size): View {
  const zoom = Math.min(glass.width / sheet.width, glass.height / sheet.height);
  return {
    x: (glass.width - sheet.width * zoom) / 2,
    y: (glass.height - sheet.height * zoom) / 2,
    zoom,
  };
}

/** Larger or smaller, while the point at (x, y) of the glass stays where it is. */
export function zoomed(view: View, factor: number, x: number, y: number): View {
  return {
    x: x - (x - view.x) * factor,
    y: y - (y - view.y) * factor,
    zoom: view.zoom * factor,
  };
}

/** The nearest view that shows something. */
export function clamped(view: View, sheet: Size, glass: Size): View {
  const least = fitted(sheet, glass).zoom * FARTHEST;
  const zoom = Math.min(Math.max(view.zoom, least), Math.max(CLOSEST, least));
  const near = zoomed(view, zoom / view.zoom, glass.width / 2, glass.height / 2);
  const within = (at: number, size: number, room: number) =>
    Math.min(Math.max(at, HOLD - size * zoom), room - HOLD);
  return {
    x: within(near.x, sheet.width, glass.width),
    y: within(near.y, sheet.height, glass.height),
    zoom,
  };
}
