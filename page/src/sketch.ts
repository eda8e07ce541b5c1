/** What is being drawn on the photo: corner by corner, or in one stroke; each step can be undone. */

import { computed, effect, signal } from "@preact/signals";
import {
  type Point,
  type Region,
  around,
  box,
  isBox,
  outlineOf,
  simplified,
  uncrossed,
  within,
} from "./region";
import { photo, setValue, values } from "./wish";

export type Tool = "polygon" | "rectangle" | "lasso" | "corners";

interface Sketch {
  /** Whose corners they are: those of a surface, or of a rectangle in perspective. */
  readonly kind: "polygon" | "corners";
  readonly points: readonly Point[];
  /** Whether more is to come. */
  readonly open: boolean;
  /** Whether what is there is enough only once it is finished. */
  readonly stroke?: boolean;
  /** Whether it is a part of what was drawn, which crossed itself. */
  readonly cut?: boolean;
}

const EMPTY: Sketch = { kind: "polygon", points: [], open: false };

/** A rectangle or a lasso that is narrower, in fractions of the photo, was a click. */
const NARROWEST = 0.01;

/** How far a lasso's corners may lie from the hand's way, in fractions of the photo. */
const LOOSE = 0.004;

/** Steps that can be undone. */
const REMEMBERED = 100;

export const tool = signal<Tool>("polygon");
export const sketch = signal<Sketch>(EMPTY);
const past = signal<readonly Sketch[]>([]);
export const canUndo = computed(() => past.value.length > 0);

/** What the last step did; the same again is no step of its own. */
let lately = "";

function regionOf({ kind, points, open, stroke }: Sketch): Region | undefined {
  if (open && stroke) return undefined;
  if (kind === "corners") return points.length === 4 ? { corners: points } : undefined;
  return points.length > 2 ? { polygon: points } : undefined;
}

/** Shows a sketch, which is what is asked for from now on; corners go on with their own tool. */
function show(next: Sketch): void {
  if (next.open && !next.stroke) tool.value = next.kind;
  sketch.value = next;
  setValue("region", regionOf(next));
}

function step(next: Sketch, doing = ""): void {
  if (!doing || doing !== lately) past.value = [...past.value, sketch.value].slice(-REMEMBERED);
  lately = doing;
  show(next);
}

export function undo(): void {
  const before = past.value.at(-1);
  if (!before) return;
  past.value = past.value.slice(0, -1);
  lately = "";
  show(before);
}

export function clear(): void {
  if (sketch.value.points.length) step(EMPTY);
}

/** Takes an outline that was found. */
export function takeOutline(points: readonly Point[]): void {
  step({ kind: "polygon", points, open: false });
}

export function useTool(next: Tool): void {
  finish();
  leaveOff();
  tool.value = next;
}

/** No more corners, if what is there is enough for a surface. */
export function finish(): void {
  const { kind, points, open, stroke } = sketch.value;
  const whole = { kind, points, open: false };
  if (open && !stroke && regionOf(whole)) show(whole);
}

/** Puts what is not finished away, for what was there before it; corners come back by undoing. */
export function leaveOff(): void {
  const { open, stroke } = sketch.value;
  if (!open) return;
  if (stroke) undo();
  else step(past.value.filter((one) => !one.open).at(-1) ?? EMPTY);
}

/** A pointer goes down, or a corner is set with the keyboard. */
export function press(at: Point): void {
  const { points, open } = sketch.value;
  const before = open ? points : [];
  switch (tool.value) {
    case "polygon":
      return step({ kind: "polygon", points: [...before, at], open: true });
    case "corners": {
      const now = [...before, at];
      if (now.length < 4) return step({ kind: "corners", points: now, open: true });
      return step({ kind: "corners", points: around(now), open: false });
    }
    case "rectangle":
      if (before[0]) return drag(at);
      return step({ kind: "polygon", points: [at], open: true, stroke: true });
    case "lasso":
      return step({ kind: "polygon", points: [at], open: true, stroke: true });
  }
}

/** It moves, while it is down or, with the keyboard, before the next corner. */
export function drag(at: Point): void {
  const { points, open, stroke } = sketch.value;
  const [first] = points;
  if (!open || !stroke || !first) return;
  if (tool.value === "rectangle") sketch.value = { ...sketch.value, points: box(first, at) };
  else sketch.value = { ...sketch.value, points: [...points, at] };
}

/** It goes up. A rectangle that is none yet waits for its other corner. */
export function release(): void {
  const { points, open, stroke } = sketch.value;
  const [first] = points;
  if (!open || !stroke || !first) return;
  if (!narrow(points)) {
    const loose = tool.value === "lasso" ? simplified([...points, first], LOOSE).slice(0, -1) : points;
    const outline = uncrossed(loose);
    show({ kind: "polygon", points: outline, open: false, cut: outline !== loose });
  } else if (tool.value === "rectangle") sketch.value = { ...sketch.value, points: [first] };
  else undo();
}

function narrow(points: readonly Point[]): boolean {
  const span = (at: 0 | 1) => {
    const parts = points.map((point) => point[at]);
    return Math.max(...parts) - Math.min(...parts);
  };
  return span(0) < NARROWEST || span(1) < NARROWEST;
}

/** Moves one corner; a rectangle stays one. `doing` names the hand's one movement. */
export function moveCorner(index: number, to: Point, doing: string): void {
  const { points, kind } = sketch.value;
  const across = points[(index + 2) % 4];
  const at = within(to);
  const straight = tool.value === "rectangle" && kind === "polygon" && isBox(points) && across;
  const turned = straight ? rotated(box(at, across), index, points) : undefined;
  const next = turned ?? points.map((point, other) => (other === index ? at : point));
  step({ ...sketch.value, points: next }, `${doing} ${index}`);
}

/** A box that begins at the corner of that index, as a list that begins where the old one did. */
function rotated(from: readonly Point[], index: number, old: readonly Point[]): readonly Point[] {
  const level = old[index]?.[1] === old[(index + 1) % 4]?.[1];
  const [one, two, three, four] = from as [Point, Point, Point, Point];
  const ordered = level ? [one, two, three, four] : [one, four, three, two];
  return ordered.map((_, at) => ordered[(at - index + 4) % 4] ?? one);
}

export function moveAll(points: readonly Point[], doing: string): void {
  step({ ...sketch.value, points }, doing);
}

/** Takes one corner out of a polygon that has more than it needs. */
export function removeCorner(index: number): void {
  const { kind, points } = sketch.value;
  if (kind === "corners" || points.length < 4) return;
  step({ ...sketch.value, points: points.filter((_, other) => other !== index) });
}

let drawnOn: string | undefined;

effect(() => {
  const region = values.value.region;
  const on = photo.value?.id;
  const same = JSON.stringify(regionOf(sketch.peek())) === JSON.stringify(region);
  if (same && on === drawnOn) return;
  drawnOn = on;
  lately = "";
  past.value = [];
  const points = outlineOf(region);
  const kind = typeof region === "object" && "corners" in region ? "corners" : "polygon";
  sketch.value = points.length ? { kind, points, open: false } : EMPTY;
});
