/** The tile in three dimensions, under a lamp: for who wants to see it as it will be used. */

import type { TargetedKeyboardEvent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Lit as Lamp, Look, Solid } from "./scene";
import { type Tile, tileAddress } from "./service";
import { Toggle } from "./toggle";
import { Zoom } from "./zoom";

const SOLIDS: Readonly<Record<Solid, string>> = {
  sphere: "Sphere",
  cube: "Cube",
  plane: "Plane",
  cloth: "Cloth",
};

const AT_FIRST: Look = { solid: "sphere", density: 1, turn: -40, height: 35, strength: 100, relief: 0 };

const SLIDERS = [
  { name: "density", label: "Density", min: 1, max: 8, step: 1, unit: "" },
  { name: "turn", label: "Light from", min: -180, max: 180, step: 5, unit: "°" },
  { name: "height", label: "Light at height", min: -90, max: 90, step: 5, unit: "°" },
  { name: "strength", label: "Light", min: 0, max: 200, step: 5, unit: " %" },
  { name: "relief", label: "Relief, guessed", min: 0, max: 100, step: 5, unit: " %" },
] as const;

const LACKS =
  "This browser offers no WebGL, which the 3D view needs. Turn on its hardware acceleration, or look at the tile repeated.";
const GUESSED = "The relief is guessed: what is dark seems to lie deep. It is not in the tile's file.";
const FAILED = "The 3D view could not be loaded. To try again, load this page anew: nothing is lost.";

export function Lit({ tile }: { tile: Tile }) {
  const [look, change] = useState(AT_FIRST);
  const [lamp, hang] = useState<Lamp>();
  const [wrong, say] = useState("");
  const canvas = useRef<HTMLCanvasElement>(null);
  const [{ width, height }] = tile.images;

  useEffect(() => {
    const left = new AbortController();
    open(canvas.current, tileAddress(tile), left.signal).then(hang, (error: Error) => {
      if (!left.signal.aborted) say(error.message);
    });
    return () => left.abort();
  }, []);
  useEffect(() => lamp?.show(look, width / height), [lamp, look]);

  if (wrong) return <p class="glass card" role="alert">{wrong}</p>;
  return (
    <div class="tiling">
      <canvas
        class="glass"
        ref={canvas}
        tabIndex={0}
        role="img"
        aria-busy={!lamp}
        aria-label={`The tile on a ${look.solid}, lit. Arrow keys turn it, plus and minus zoom, zero goes back.`}
        onKeyDown={(event) => lamp && keyPressed(event, lamp)}
      />
      <Bodies look={look} change={change} lamp={lamp} />
      <Sliders look={look} change={change} />
      <p class="hint" role="status">
        {!lamp && "Loading the 3D view…"}
        {lamp && look.relief > 0 && GUESSED}
      </p>
    </div>
  );
}

interface Controls {
  readonly look: Look;
  readonly change: (look: Look) => void;
}

function Bodies({ look, change, lamp }: Controls & { lamp: Lamp | undefined }) {
  return (
    <div class="tools" role="toolbar" aria-label="Body and distance">
      {(Object.keys(SOLIDS) as Solid[]).map((solid) => (
        <Toggle
          key={solid}
          label={SOLIDS[solid]}
          on={look.solid === solid}
          toggle={() => change({ ...look, solid })}
        />
      ))}
      <Zoom nearer={() => lamp?.nearer()} all={() => lamp?.back()} farther={() => lamp?.farther()} />
    </div>
  );
}

function Sliders({ look, change }: Controls) {
  return (
    <div class="sliders">
      {SLIDERS.map(({ name, label, unit, ...range }) => (
        <label key={name}>
          <span>
            {label} <b>{`${look[name]}${unit}`}</b>
          </span>
          <input
            type="range"
            {...range}
            value={look[name]}
            aria-label={label}
            aria-valuetext={`${look[name]}${unit}`}
            onInput={(event) => change({ ...look, [name]: Number(event.currentTarget.value) })}
          />
        </label>
      ))}
    </div>
  );
}

/** Everything of it is given back once it is left. */
async function open(
  canvas: HTMLCanvasElement | null,
  url: string,
  left: AbortSignal,
): Promise<Lamp | undefined> {
  const scene = await import("./scene").catch(() => Promise.reject(new Error(FAILED)));
  if (!canvas || left.aborted) return undefined;
  let lamp: Lamp;
  try {
    lamp = new scene.Lit(canvas);
  } catch {
    throw new Error(LACKS);
  }
  left.addEventListener("abort", () => lamp.close());
  await lamp.load(url).catch(() => Promise.reject(new Error(FAILED)));
  return lamp;
}

function keyPressed(event: TargetedKeyboardEvent<HTMLCanvasElement>, lamp: Lamp): void {
  const does: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => lamp.turn(1, 0),
    ArrowRight: () => lamp.turn(-1, 0),
    ArrowUp: () => lamp.turn(0, 1),
    ArrowDown: () => lamp.turn(0, -1),
    "+": () => lamp.nearer(),
    "=": () => lamp.nearer(),
    "-": () => lamp.farther(),
    "0": () => lamp.back(),
  };
  const action = does[event.key];
  if (!action || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  action();
}
