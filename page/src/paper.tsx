/** What lies over the photo to be drawn on: mouse, pen, finger and arrow keys end up in one hand. */

import type { TargetedKeyboardEvent, TargetedPointerEvent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { arrow } from "./arrows";
import { offerAt } from "./found";
import { percent } from "./judge";
import { type Point, within } from "./region";
import * as hand from "./sketch";

const MIDDLE: Point = [0.5, 0.5];

interface Props {
  /** Whether a click takes the surface that was found there. */
  readonly offering: boolean;
  /** Whether something is wrong with what was drawn. */
  readonly wrong: boolean;
  /** Ids of what is said about it. */
  readonly described: string;
}

export function Paper({ offering, wrong, described }: Props) {
  const [cross, setCross] = useState<Point>();
  const paper = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (wrong) paper.current?.focus();
  }, [wrong]);
  return (
    <>
      <div
        class={`paper ${hand.tool.value}`}
        ref={paper}
        tabIndex={0}
        role="application"
        aria-label="Draw on the photo: arrow keys move the cross, Enter sets a corner, Escape leaves off"
        aria-describedby={described}
        onFocus={(event) => {
          if (event.currentTarget.matches(":focus-visible")) setCross(MIDDLE);
        }}
        onBlur={() => setCross(undefined)}
        onKeyDown={(event) => keyPressed(event, cross ?? MIDDLE, setCross, offering)}
        {...pointing(offering, () => setCross(undefined))}
      />
      {cross && <Cross at={cross} />}
    </>
  );
}

function Cross({ at: [x, y] }: { at: Point }) {
  return (
    <>
      <i class="cross" style={{ left: `${100 * x}%`, top: `${100 * y}%` }} />
      <span class="unseen" role="status">
        {percent(x)} from the left, {percent(y)} from the top
      </span>
    </>
  );
}

/** A corner is set, or the surface that was found there is taken. */
function press(at: Point, offering: boolean): void {
  const fresh = hand.tool.value === "polygon" && !hand.sketch.value.open;
  const found = fresh && offering ? offerAt(at) : undefined;
  if (found) hand.takeOutline(found.points);
  else hand.press(at);
}

type Pointed = TargetedPointerEvent<HTMLDivElement>;

function spot({ currentTarget, clientX, clientY }: Pointed): Point {
  const room = currentTarget.getBoundingClientRect();
  return within([(clientX - room.left) / room.width, (clientY - room.top) / room.height]);
}

/** Strokes follow the pointer; corners are set by clicks, between which a finger may scroll. */
function pointing(offering: boolean, begin: () => void) {
  const strokes = hand.tool.value === "rectangle" || hand.tool.value === "lasso";
  return {
    onPointerDown: (event: Pointed) => {
      begin();
      if (!strokes || event.button || !event.isPrimary) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      hand.press(spot(event));
    },
    onPointerMove: (event: Pointed) => {
      if (event.currentTarget.hasPointerCapture(event.pointerId)) hand.drag(spot(event));
    },
    onPointerUp: (event: Pointed) => {
      if (strokes && !event.button) hand.release();
    },
    onPointerCancel: () => {
      if (strokes) hand.leaveOff();
    },
    onClick: (event: MouseEvent) => {
      if (!strokes) press(spot(event as Pointed), offering);
    },
    onDblClick: hand.finish,
  };
}

function keyPressed(
  event: TargetedKeyboardEvent<HTMLDivElement>,
  from: Point,
  move: (to: Point) => void,
  offering: boolean,
): void {
  const way = arrow(event);
  const does: Readonly<Record<string, () => void>> = {
    Enter: () => setCorner(from, offering),
    " ": () => setCorner(from, offering),
    Escape: hand.leaveOff,
    Backspace: hand.undo,
  };
  const action = way
    ? () => {
        const to = within([from[0] + way[0], from[1] + way[1]]);
        move(to);
        if (hand.tool.value === "rectangle") hand.drag(to);
      }
    : does[event.key];
  if (!action || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  action();
}

/** Where the cross is. Where a polygon began, it is closed; a lasso is drawn corner by corner. */
function setCorner(at: Point, offering: boolean): void {
  const { points, open } = hand.sketch.value;
  const [first] = points;
  if (hand.tool.value === "lasso") hand.useTool("polygon");
  if (open && first && points.length > 2 && first[0] === at[0] && first[1] === at[1]) hand.finish();
  else press(at, offering);
  hand.release();
}
