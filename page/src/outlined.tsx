/** A photo with outlines drawn on it. */

export interface Outline {
  /** Corners in fractions of the photo. */
  readonly points: readonly (readonly [number, number])[];
  readonly label: string;
}

export function Outlined(props: { url: string; name: string; outlines: readonly Outline[] }) {
  const said = props.outlines.map((one) => one.label).join(", ");
  return (
    <div class="outlined">
      <img src={props.url} alt={said ? `${props.name}, with ${said}` : props.name} />
      {props.outlines.length > 0 && (
        <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
          {props.outlines.map((one) => (
            <g key={one.label}>
              <polygon class="under" points={one.points.join(" ")} />
              <polygon points={one.points.join(" ")} />
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}
