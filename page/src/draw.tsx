/** The photo, with the tools to draw the surface on it, and what is said of that. */

import type { TargetedKeyboardEvent } from "preact";
import { useState } from "preact/hooks";
import type { Photo } from "./album";
import { Sentence } from "./fields";
import { type Offer, offers } from "./found";
import { Handles } from "./handles";
import { percent } from "./judge";
import { Outlined } from "./outlined";
import { Paper } from "./paper";
import { area, uncrossed } from "./region";
import * as hand from "./sketch";
import { Toggle } from "./toggle";
import { faults } from "./wish";

const TOOLS: Readonly<Record<hand.Tool, string>> = {
  polygon: "Point by point",
  rectangle: "Rectangle",
  lasso: "Lasso",
  corners: "Four corners",
};

export function Draw({ photo }: { photo: Photo }) {
  const [offering, offer] = useState(true);
  const { points } = hand.sketch.value;
  const found = offering ? offers.value : [];
  const wrong = faults.value.get("region");
  const outlines = [
    ...(points.length ? [{ points, label: "what you drew" }] : []),
    ...found.map((one) => ({ ...one, label: `number ${one.number}`, dashed: true })),
  ];
  return (
    <figure class="photo draw" onKeyDown={undoPressed}>
      <Outlined url={photo.url} name={photo.name} outlines={outlines}>
        <Paper
          offering={offering}
          wrong={wrong !== undefined}
          described={wrong ? "region-fault draw-hint" : "draw-hint"}
        />
        <Handles />
      </Outlined>
      <Tools offering={offering} offer={offer} />
      {wrong && <Sentence id="region-fault" text={wrong} />}
      <p class="hint" id="draw-hint" role="status">
        {hint(found)}
      </p>
      <Found found={found} />
    </figure>
  );
}

function Tools({ offering, offer }: { offering: boolean; offer: (on: boolean) => void }) {
  return (
    <div class="tools" role="toolbar" aria-label="Draw the surface">
      {(Object.keys(TOOLS) as hand.Tool[]).map((tool) => (
        <Toggle
          key={tool}
          label={TOOLS[tool]}
          on={hand.tool.value === tool}
          toggle={() => hand.useTool(tool)}
        />
      ))}
      {offers.value.length > 0 && (
        <Toggle label="Surfaces found" on={offering} toggle={() => offer(!offering)} />
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

function undoPressed(event: TargetedKeyboardEvent<HTMLElement>): void {
  if (event.key !== "z" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  hand.undo();
}

/** The surfaces that were found, for those who do not point. */
function Found({ found }: { found: readonly Offer[] }) {
  if (!found.length) return null;
  return (
    <div class="chips" role="group" aria-label="Surfaces found">
      {found.map((one) => (
        <button key={one.number} type="button" onClick={() => hand.takeOutline(one.points)}>
          Take number {one.number} ({percent(one.share)} of the photo)
        </button>
      ))}
    </div>
  );
}

/** What there is to be done next. */
function hint(found: readonly Offer[]): string {
  const { points, open, kind, cut } = hand.sketch.value;
  if (points.length > 2 && !open) {
    if (uncrossed(points) !== points) {
      return "The line crosses itself, and cannot be taken so: move a corner, or undo.";
    }
    const loop = cut ? " The line crossed itself: this is its largest loop." : "";
    return `Drawn: ${percent(area(points))} of the photo. Nothing else will be taken.${loop}`;
  }
  switch (hand.tool.value) {
    case "rectangle":
      return open ? "Now the opposite corner." : "Drag from corner to corner.";
    case "lasso":
      return "Draw around the surface without letting go.";
    case "corners":
      return open && kind === "corners"
        ? `Corner ${points.length} of 4.`
        : "Set the four corners of a rectangle that lies in the surface: it will be seen straight on.";
    case "polygon":
      return next(open ? points.length : 0, found);
  }
}

function next(points: number, found: readonly Offer[]): string {
  if (points > 2) return "Go on, or come back to the first corner to end.";
  if (points > 0) return `${3 - points} more at least.`;
  const take = found.length ? "Click or tap into a dashed outline to take it, or set" : "Set";
  return `The words find the surface, unless you draw it. ${take} corner after corner around it.`;
}
