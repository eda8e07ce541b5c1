/** A photo with outlines drawn on it. */

import type { ComponentChildren } from "preact";
import { type Point, middle } from "./region";

export interface Outline {
  /** Corners in fractions of the photo. */
  readonly points: readonly Point[];
  readonly label: string;
  /** Of a surface that was found; one that was drawn has none. */
  readonly number?: number;
  /** What may be taken is dashed; what was taken is not. */
  readonly dashed?: boolean;
}

interface Props {
  readonly url: string;
  readonly name: string;
  readonly outlines: readonly Outline[];
  readonly children?: ComponentChildren;
}

export function Outlined({ url, name, outlines, children }: Props) {
  const said = outlines.map((one) => one.label).join(", ");
  return (
    <div class="outlined">
      <img src={url} alt={said ? `${name}, with ${said}` : name} />
      {outlines.length > 0 && (
        <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
          {outlines.map((one) => (
            <g key={one.label} class={one.dashed ? "other" : undefined}>
              <polygon class="under" points={one.points.join(" ")} />
              <polygon points={one.points.join(" ")} />
            </g>
          ))}
        </svg>
      )}
      {outlines.map((one) => one.number && <Numbered key={one.label} {...one} />)}
      {children}
    </div>
  );
}

function Numbered({ points, number }: Outline) {
  const [x, y] = middle(points);
  return (
    <span
      class="number"
      style={{ left: `${100 * x}%`, top: `${100 * y}%` }}
      aria-hidden="true"
    >
      {number}
    </span>
  );
}
