/** What a drawn surface is held by: its corners, and its middle for all of it. */

import type { TargetedKeyboardEvent, TargetedPointerEvent } from "preact";
import { useRef } from "preact/hooks";
import { arrow } from "./arrows";
import { percent } from "./judge";
import { type Point, middle, shifted, within } from "./region";
import * as hand from "./sketch";

/** A hand that moves less, in pixels of the page, has clicked. */
const STILL = 3;

/** An outline of more corners is held by its middle alone. */
const MOST = 60;

export function Handles() {
  const { points, open, stroke } = hand.sketch.value;
  if (open && stroke && points.length > 1) return null;
  const whole = points.length > 2 && !open;
  return (
    <>
      {points.length <= MOST &&
        points.map((point, index) => (
          <Handle
            key={index}
            at={point}
            name={`Corner ${index + 1}`}
            ends={open && (index === 0 || index === points.length - 1)}
            move={(to, doing) => hand.moveCorner(index, to, doing)}
            remove={() => hand.removeCorner(index)}
          />
        ))}
      {whole && (
        <Handle
          at={middle(points)}
          name="The whole surface"
          whole
          move={(to, doing) => moveWhole(points, to, doing)}
          remove={hand.clear}
        />
      )}
    </>
  );
}

function moveWhole(points: readonly Point[], to: Point, doing: string): void {
  const [x, y] = middle(points);
  hand.moveAll(shifted(points, to[0] - x, to[1] - y), `${doing} all`);
}

interface Props {
  readonly at: Point;
  readonly name: string;
  /** Whether a click ends the drawing: where it began, and where it has come to. */
  readonly ends?: boolean;
  /** Whether all corners move with it. */
  readonly whole?: boolean;
  readonly move: (to: Point, doing: string) => void;
  readonly remove: () => void;
}

let grasps = 0;

function Handle({ at, name, ends, whole, move, remove }: Props) {
  /** Where it is held, and where the pointer was then. */
  const grip = useRef<{ readonly held: Point; readonly from: Point }>(undefined);
  const moved = useRef(false);
  type Event = TargetedPointerEvent<HTMLButtonElement>;

  function grasp(event: Event): void {
    event.currentTarget.setPointerCapture(event.pointerId);
    const [x, y] = pointed(event);
    grip.current = { held: [x - at[0], y - at[1]], from: [event.clientX, event.clientY] };
    moved.current = false;
    grasps += 1;
  }

  function pull(event: Event): void {
    if (!grip.current) return;
    const { held, from } = grip.current;
    moved.current ||= Math.hypot(event.clientX - from[0], event.clientY - from[1]) > STILL;
    if (!moved.current) return;
    const [x, y] = pointed(event);
    move([x - held[0], y - held[1]], `drag ${grasps}`);
  }

  const letGo = () => (grip.current = undefined);

  function keyPressed(event: TargetedKeyboardEvent<HTMLButtonElement>): void {
    moved.current = false;
    const way = arrow(event);
    const does: Readonly<Record<string, () => void>> = {
      Escape: hand.leaveOff,
      Delete: remove,
      Backspace: remove,
    };
    const action = way
      ? () => move(within([at[0] + way[0], at[1] + way[1]]), "keys")
      : does[event.key];
    if (!action || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    action();
  }

  return (
    <button
      type="button"
      class={whole ? "handle whole" : "handle"}
      style={{ left: `${100 * at[0]}%`, top: `${100 * at[1]}%` }}
      aria-label={`${name}: ${percent(at[0])} from the left, ${percent(at[1])} from the top`}
      title={ends ? "Click to end here" : undefined}
      onKeyDown={keyPressed}
      onPointerDown={grasp}
      onPointerMove={pull}
      onPointerUp={letGo}
      onPointerCancel={letGo}
      onClick={() => {
        if (ends && !moved.current) hand.finish();
      }}
    />
  );
}

/** Where on the photo a pointer is. */
function pointed({ currentTarget, clientX, clientY }: TargetedPointerEvent<HTMLElement>): Point {
  const photo = (currentTarget.parentElement ?? currentTarget).getBoundingClientRect();
  return [(clientX - photo.left) / photo.width, (clientY - photo.top) / photo.height];
}
