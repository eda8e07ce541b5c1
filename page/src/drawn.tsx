/** In the panel: whether the surface was drawn, and the way to draw it. */

import { choose } from "./jobs";
import { type Point, area, outlineOf } from "./region";
import { percent } from "./judge";
import { clear, sketch } from "./sketch";
import { photo, values } from "./wish";

export function DrawnField({ name, label }: { name: string; label: string }) {
  const { open } = sketch.value;
  const points = outlineOf(values.value[name]);
  const drawn = open || points.length > 0;
  return (
    <div class="field slot">
      <span class="label" id={`${name}-label`}>
        {label}
      </span>
      <div class="row">
        <span class="file-name" id={`${name}-said`}>
          {said(drawn, open, points)}
        </span>
        <button
          type="button"
          id={name}
          disabled={!photo.value}
          aria-describedby={`${name}-label ${name}-said`}
          onClick={showPaper}
        >
          {drawn ? "Change" : "Draw it"}
        </button>
        {drawn && (
          <button type="button" aria-label={`${label}: remove`} onClick={clear}>
            ×
          </button>
        )}
      </div>
    </div>
  );
}

function said(drawn: boolean, open: boolean, points: readonly Point[]): string {
  if (open) return "Being drawn";
  return drawn ? `Drawn: ${percent(area(points))} of the photo` : "Found by the words";
}

/** Goes to where it is drawn. */
function showPaper(): void {
  choose("");
  requestAnimationFrame(() => {
    const paper = document.querySelector<HTMLElement>(".paper");
    paper?.focus();
    paper?.scrollIntoView({ block: "nearest" });
  });
}
