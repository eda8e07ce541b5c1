/** A photo with outlines drawn on it. */

export interface Outline {
  /** Corners in fractions of the photo. */
  readonly points: readonly (readonly [number, number])[];
  readonly label: string;
}

/** Where a number of an outline stands: in the middle of its corners. */
function middle(points: Outline["points"]): [number, number] {
  const sum = (at: 0 | 1) => points.reduce((total, point) => total + point[at], 0);
  return [sum(0) / points.length, sum(1) / points.length];
}

/** The first outline is what was taken; the others, which carry numbers, are what else there is. */

export function Outlined(props: { url: string; name: string; outlines: readonly Outline[] }) {
  const said = props.outlines.map((one) => one.label).join(", ");
  return (
    <div class="outlined">
      <img src={props.url} alt={said ? `${props.name}, with ${said}` : props.name} />
      {props.outlines.length > 0 && (
        <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
          {props.outlines.map((one, index) => (
            <g key={one.label} class={index ? "other" : undefined}>
              <polygon class="under" points={one.points.join(" ")} />
              <polygon points={one.points.join(" ")} />
            </g>
          ))}
        </svg>
      )}
      {props.outlines.slice(1).map((one) => {
        const [x, y] = middle(one.points);
        return (
          <span
            key={one.label}
            class="number"
            style={{ left: `${100 * x}%`, top: `${100 * y}%` }}
            aria-hidden="true"
          >
            {one.label}
          </span>
        );
      })}
    </div>
  );
}
