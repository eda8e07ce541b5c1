/** What the arrow keys do on a photo. */

import type { Point } from "./region";

/** What one press moves by, in fractions of the photo; five times that with Shift. */
const STEP = 0.01;
const LONG = 5;

const WAYS: Readonly<Record<string, Point>> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

/** Across and down; nothing for any other key. */
export function arrow(event: KeyboardEvent): Point | undefined {
  const way = WAYS[event.key];
  const times = event.shiftKey ? LONG : 1;
  return way && [way[0] * times, way[1] * times];
}
