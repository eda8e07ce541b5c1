/** Farther, as at first, nearer: the same three buttons under every picture. */

export function Zoom(props: { farther: () => void; all: () => void; nearer: () => void }) {
  return (
    <span class="zoom">
      <button type="button" aria-label="Zoom out" onClick={props.farther}>
        −
      </button>
      <button type="button" onClick={props.all}>
        All
      </button>
      <button type="button" aria-label="Zoom in" onClick={props.nearer}>
        +
      </button>
    </span>
  );
}
