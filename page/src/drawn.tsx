/** In the panel: whether the surface was drawn, and the way to draw it. */

import { choose } from "./jobs";
import { area, outlineOf } from "./region";
import { percent } from "./judge";
import { clear } from "./sketch";
import { photo, values } from "./wish";

export function DrawnField({ name, label }: { name: string; label: string }) {
  const points = outlineOf(values.value[name]);
  const drawn = points.length > 0;
  return (
    <div class="field slot">
      <span class="label" id={`${name}-label`}>
        {label}
      </span>
      <div class="row">
        <span class="file-name" id={`${name}-said`}>
          {drawn ? `Drawn: ${percent(area(points))} of the photo` : "Found by the words"}
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

/** Goes to where it is drawn. */
function showPaper(): void {
  choose("");
  requestAnimationFrame(() => {
    const paper = document.querySelector<HTMLElement>(".paper");
    paper?.focus();
    paper?.scrollIntoView({ block: "nearest" });
  });
}
