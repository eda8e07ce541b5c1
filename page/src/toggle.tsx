/** A button that is in or out. */

export function Toggle(props: { label: string; on: boolean; toggle: () => void }) {
  return (
    <button type="button" aria-pressed={props.on} onClick={props.toggle}>
      {props.label}
    </button>
  );
}
