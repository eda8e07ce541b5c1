/** The photo, to draw the surface on: with a mouse, a finger, or the keyboard. */

import type { TargetedKeyboardEvent, TargetedPointerEvent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Photo } from "./album";
import { arrow } from "./arrows";
import { Sentence } from "./fields";
import { type Offer, offerAt, offers } from "./found";
import { Handles } from "./handles";
import { percent } from "./judge";
import { Outlined } from "./outlined";
import { type Point, area, within } from "./region";
import * as hand from "./sketch";
import { faults } from "./wish";

const TOOLS: Readonly<Record<hand.Tool, string>> = {
  polygon: "Point by point",
  rectangle: "Rectangle",
  lasso: "Lasso",
  corners: "Four corners",
};

export function Draw({ photo }: { photo: Photo }) {
  const [offering, offer] = useState(true);
  const [cross, setCross] = useState<Point>();
  const { points } = hand.sketch.value;
  const found = offering ? offers.value : [];
  const wrong = faults.value.get("region");
  const paper = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (wrong) paper.current?.focus();
  }, [wrong]);
  const outlines = [
    ...(points.length ? [{ points, label: "what you drew" }] : []),
    ...found.map((one, index) => ({ points: one.points, label: `${index + 1}`, number: index + 1 })),
  ];
  return (
    <figure class="photo draw" onKeyDown={undoPressed}>
      <Outlined url={photo.url} name={photo.name} outlines={outlines}>
        <div
          class={`paper ${hand.tool.value}`}
          ref={paper}
          tabIndex={0}
          role="application"
          aria-label="Draw on the photo: arrow keys move the cross, Enter sets a corner, Escape leaves off"
          aria-describedby={wrong ? "region-fault draw-hint" : "draw-hint"}
          onFocus={(event) => {
            if (event.currentTarget.matches(":focus-visible")) setCross((at) => at ?? [0.5, 0.5]);
          }}
          onBlur={() => setCross(undefined)}
          onKeyDown={(event) => keyPressed(event, cross, setCross, offering)}
          {...pointing(offering, () => setCross(undefined))}
        />
        {cross && <i class="cross" style={{ left: `${100 * cross[0]}%`, top: `${100 * cross[1]}%` }} />}
        <Handles />
      </Outlined>
      <Tools offering={offering} offer={offer} />
      {wrong && <Sentence id="region-fault" text={wrong} />}
      <p class="hint" id="draw-hint" role="status">
        {cross ? `${told(cross)}. ${hint(found)}` : hint(found)}
      </p>
      <Found found={found} />
    </figure>
  );
}

function Tools({ offering, offer }: { offering: boolean; offer: (on: boolean) => void }) {
  return (
    <div class="tools" role="toolbar" aria-label="Draw the surface">
      {(Object.keys(TOOLS) as hand.Tool[]).map((tool) => (
        <button
          key={tool}
          type="button"
          aria-pressed={hand.tool.value === tool}
          onClick={() => hand.useTool(tool)}
        >
          {TOOLS[tool]}
        </button>
      ))}
      {offers.value.length > 0 && (
        <button type="button" aria-pressed={offering} onClick={() => offer(!offering)}>
          Surfaces found
        </button>
      )}
      <span class="zoom">
        <button type="button" disabled={!hand.canUndo.value} onClick={hand.undo}>
          Undo
        </button>
        <button type="button" disabled={!hand.sketch.value.points.length} onClick={hand.clear}>
          Clear
        </button>
      </span>
    </div>
  );
}

/** The surfaces that were found, for those who do not point. */
function Found({ found }: { found: readonly Offer[] }) {
  if (!found.length) return null;
  return (
    <div class="chips" role="group" aria-label="Surfaces found">
      {found.map((one, index) => (
        <button key={index} type="button" onClick={() => hand.takeOutline(one.points)}>
          Take number {index + 1} ({percent(one.share)} of the photo)
        </button>
      ))}
    </div>
  );
}

/** A corner is set, or the surface that was found there is taken. */
function press(at: Point, offering: boolean): void {
  const fresh = hand.tool.value === "polygon" && !hand.sketch.value.open;
  const found = fresh && offering ? offerAt(at) : undefined;
  if (found) hand.takeOutline(found.points);
  else hand.press(at);
}

/** Handlers for mouse, pen and finger. */
function pointing(offering: boolean, begin: () => void) {
  const at = ({ currentTarget, clientX, clientY }: TargetedPointerEvent<HTMLDivElement>) => {
    const room = currentTarget.getBoundingClientRect();
    return within([(clientX - room.left) / room.width, (clientY - room.top) / room.height]);
  };
  type Event = TargetedPointerEvent<HTMLDivElement>;
  const strokes = hand.tool.value === "rectangle" || hand.tool.value === "lasso";
  return {
    onPointerDown: (event: Event) => {
      begin();
      if (!strokes || event.button || !event.isPrimary) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      hand.press(at(event));
    },
    onPointerMove: (event: Event) => {
      if (event.currentTarget.hasPointerCapture(event.pointerId)) hand.drag(at(event));
    },
    onPointerUp: (event: Event) => {
      if (strokes && !event.button) hand.release();
    },
    onPointerCancel: hand.leaveOff,
    onClick: (event: MouseEvent) => {
      if (!strokes) press(at(event as Event), offering);
    },
    onDblClick: () => hand.finish(),
  };
}

function keyPressed(
  event: TargetedKeyboardEvent<HTMLDivElement>,
  cross: Point | undefined,
  move: (to: Point) => void,
  offering: boolean,
): void {
  const from = cross ?? [0.5, 0.5];
  const way = arrow(event);
  const does: Readonly<Record<string, () => void>> = {
    Enter: () => setCorner(from, offering),
    " ": () => setCorner(from, offering),
    Escape: () => (hand.sketch.value.open ? hand.leaveOff() : hand.undo()),
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

function undoPressed(event: TargetedKeyboardEvent<HTMLElement>): void {
  if (event.key !== "z" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  hand.undo();
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

const told = ([x, y]: Point) => `${percent(x)} from the left, ${percent(y)} from the top`;

function hint(found: readonly Offer[]): string {
  const { points, open, kind } = hand.sketch.value;
  if (points.length > 2 && !open) {
    return `Drawn: ${percent(area(points))} of the photo. Nothing else will be taken.`;
  }
  if (hand.tool.value === "rectangle") {
    return open ? "Now the opposite corner." : "Drag from corner to corner.";
  }
  if (hand.tool.value === "lasso") return "Draw around the surface without letting go.";
  if (kind === "corners" && open) return `Corner ${points.length} of 4.`;
  if (hand.tool.value === "corners") {
    return "Set the four corners of a rectangle that lies in the surface: it will be seen straight on.";
  }
  if (open && points.length < 3) return `${3 - points.length} more at least.`;
  if (open) return "Go on, or come back to the first corner to end.";
  const take = found.length ? "Click into a dashed outline to take it, or set" : "Set";
  return `The words find the surface, unless you draw it. ${take} corner after corner around it.`;
}
