/** Two tiles of this browser in one picture, repeated at the same scale; a slider parts them. */

import type { TargetedPointerEvent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { percent } from "./judge";
import { type Job, jobs } from "./jobs";
import { type Tile, isTile, tileAddress } from "./service";
import { toGlass } from "./view";
import { Zoom } from "./zoom";

const ZOOM_STEP = 1.25;

/** How often the larger of both is seen across, to begin with. */
const ACROSS = 2;

interface Other {
  readonly job: Job;
  readonly tile: Tile;
}

/** Every other tile that is there to be looked at. */
export function othersThan(job: Job): readonly Other[] {
  return jobs.value.flatMap((one) =>
    one.id !== job.id && one.status && isTile(one.status) ? [{ job: one, tile: one.status }] : [],
  );
}

export function Compare({ job, tile }: { job: Job; tile: Tile }) {
  const all = othersThan(job);
  const [id, choose] = useState("");
  const other = all.find((one) => one.job.id === id) ?? all[0];
  if (!other) return null;
  return (
    <div class="tiling">
      <Parted left={tile} right={other.tile} />
      <fieldset class="with">
        <legend>On the right</legend>
        {all.map((one) => (
          <label key={one.job.id} title={told(one.tile)}>
            <input
              type="radio"
              name="other"
              class="unseen"
              aria-label={told(one.tile)}
              checked={one === other}
              onChange={() => choose(one.job.id)}
            />
            <img src={tileAddress(one.tile)} alt="" loading="lazy" decoding="async" />
          </label>
        ))}
      </fieldset>
    </div>
  );
}

interface Pair {
  readonly left: Tile;
  readonly right: Tile;
}

function Parted({ left, right }: Pair) {
  const [part, move] = useState(0.5);
  const [zoom, setZoom] = useState(0);
  const glass = useRef<HTMLDivElement>(null);
  const widest = Math.max(left.images[0].width, right.images[0].width);
  const fit = () => setZoom((glass.current?.clientWidth ?? widest) / (ACROSS * widest));
  useEffect(fit, [widest]);
  return (
    <>
      <div
        class="glass parted"
        ref={glass}
        role="img"
        aria-label={`Left: ${told(left)}. Right: ${told(right)}.`}
        {...pulling(move)}
      >
        <div class="side" style={repeated(left, zoom)} />
        <div
          class="side"
          style={{ ...repeated(right, zoom), clipPath: `inset(0 0 0 ${100 * part}%)` }}
        />
        <i class="part" style={{ left: `${100 * part}%` }} />
      </div>
      <input
        type="range"
        class="parting"
        min="0"
        max="100"
        value={Math.round(100 * part)}
        aria-label="Where the two meet"
        aria-valuetext={`${percent(part)} of the picture shows the left one`}
        onInput={(event) => move(Number(event.currentTarget.value) / 100)}
      />
      <div class="tools">
        <Told side="Left" tile={left} />
        <Told side="Right" tile={right} />
        <Zoom
          nearer={() => setZoom(zoom * ZOOM_STEP)}
          all={fit}
          farther={() => setZoom(zoom / ZOOM_STEP)}
        />
      </div>
    </>
  );
}

function Told({ side, tile }: { side: string; tile: Tile }) {
  return (
    <span class="hint">
      <b>{side}</b> {told(tile)}
    </span>
  );
}

/** Whoever touches the picture moves the line that parts it. */
function pulling(move: (part: number) => void) {
  type Event = TargetedPointerEvent<HTMLDivElement>;
  const pull = ({ currentTarget, clientX }: Event) => {
    const room = currentTarget.getBoundingClientRect();
    move(Math.min(1, Math.max(0, (clientX - room.left) / room.width)));
  };
  return {
    onPointerDown: (event: Event) => {
      event.currentTarget.setPointerCapture(event.pointerId);
      pull(event);
    },
    onPointerMove: (event: Event) => {
      if (event.currentTarget.hasPointerCapture(event.pointerId)) pull(event);
    },
  };
}

/** zoom: pixels of the page for each texel, of both alike. */
function repeated(tile: Tile, zoom: number) {
  const [{ width, height }] = tile.images;
  return {
    backgroundImage: `url("${tileAddress(tile)}")`,
    backgroundSize: `${toGlass(width * zoom)}px ${toGlass(height * zoom)}px`,
  };
}

/** What one tile is told from another by. */
function told({ images: [{ width, height }], seed, report }: Tile): string {
  return `${width} × ${height}, seed ${seed}, overall ${report.score.overall.toFixed(2)}`;
}
