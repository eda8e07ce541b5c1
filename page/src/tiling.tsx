/** The tile repeated, to be moved and zoomed: the compositor draws it, no script copies a pixel. */

import type { ComponentChildren, TargetedKeyboardEvent, TargetedPointerEvent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Toggle } from "./toggle";
import { type View, clamped, fitted, toGlass, zoomed } from "./view";
import { Zoom } from "./zoom";

const MOST = 8;
const USUAL = 3;

/** How much one key or button zooms, and how far one arrow key moves, in shares of the window. */
const ZOOM_STEP = 1.25;
const MOVE_STEP = 0.1;

interface Props {
  readonly url: string;
  /** Of one tile, in texels. */
  readonly width: number;
  readonly height: number;
  readonly children?: ComponentChildren;
}

export function Tiling({ url, width, height, children }: Props) {
  const [times, setTimes] = useState(USUAL);
  const [offset, setOffset] = useState(false);
  const [borders, setBorders] = useState(false);
  const glass = useRef<HTMLDivElement>(null);
  const sheet = useRef<HTMLDivElement>(null);
  const view = useRef<View>(undefined);
  const hands = useRef(new Map<number, readonly [number, number]>());
  const whole = { width: times * width, height: times * height };

  /** Shows the view; at once, outside of rendering, so that a hand never waits for a script. */
  function show(next: View): void {
    if (!glass.current || !sheet.current) return;
    const room = glass.current.getBoundingClientRect();
    view.current = clamped(next, whole, room);
    const { x, y, zoom } = view.current;
    const [across, down] = [toGlass(width * zoom), toGlass(height * zoom)];
    const style = sheet.current.style;
    style.width = `${across * times}px`;
    style.height = `${down * times}px`;
    style.transform = `translate(${x}px, ${y}px)`;
    style.backgroundSize = `${across}px ${down}px`;
    style.backgroundPosition = offset ? `${across / 2}px ${down / 2}px` : "0 0";
    const lines = style.setProperty.bind(style);
    lines("--across", `${across}px`);
    lines("--down", `${down}px`);
    lines("--from-left", offset ? `${across / 2}px` : "0px");
    lines("--from-top", offset ? `${down / 2}px` : "0px");
  }

  function fit(): void {
    if (glass.current) show(fitted(whole, glass.current.getBoundingClientRect()));
  }

  function zoomBy(factor: number, at?: readonly [number, number]): void {
    if (!glass.current || !view.current) return;
    const room = glass.current.getBoundingClientRect();
    const [x, y] = at ?? [room.left + room.width / 2, room.top + room.height / 2];
    show(zoomed(view.current, factor, x - room.left, y - room.top));
  }

  function moveBy(across: number, down: number): void {
    const now = view.current;
    if (now) show({ ...now, x: now.x + across, y: now.y + down });
  }

  useEffect(() => {
    if (sheet.current) sheet.current.style.backgroundImage = `url("${url}")`;
    fit();
    const watcher = new ResizeObserver(fit);
    if (glass.current) watcher.observe(glass.current);
    return () => watcher.disconnect();
  }, [url, times]);

  useEffect(() => {
    if (view.current) show(view.current);
  }, [offset]);

  useEffect(() => {
    const element = glass.current;
    if (!element) return;
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      zoomBy(Math.exp(-event.deltaY / 400), [event.clientX, event.clientY]);
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, [times, offset, url]);

  function pointerMoved(event: TargetedPointerEvent<HTMLDivElement>): void {
    const held = hands.current;
    const before = held.get(event.pointerId);
    if (!before) return;
    const now = [event.clientX, event.clientY] as const;
    const other = [...held].find(([id]) => id !== event.pointerId)?.[1];
    held.set(event.pointerId, now);
    if (!other) return moveBy(now[0] - before[0], now[1] - before[1]);
    const factor = distance(now, other) / Math.max(1, distance(before, other));
    zoomBy(factor, [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
  }

  function keyPressed(event: TargetedKeyboardEvent<HTMLDivElement>): void {
    const room = event.currentTarget.getBoundingClientRect();
    const [across, down] = [room.width * MOVE_STEP, room.height * MOVE_STEP];
    const does: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => moveBy(across, 0),
      ArrowRight: () => moveBy(-across, 0),
      ArrowUp: () => moveBy(0, down),
      ArrowDown: () => moveBy(0, -down),
      "+": () => zoomBy(ZOOM_STEP),
      "=": () => zoomBy(ZOOM_STEP),
      "-": () => zoomBy(1 / ZOOM_STEP),
      "0": fit,
    };
    const action = does[event.key];
    if (!action || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    action();
  }

  return (
    <div class="tiling">
      <div
        class="glass"
        ref={glass}
        tabIndex={0}
        role="img"
        aria-label={`The tile, repeated ${times} by ${times}${offset ? ", its borders in the middle" : ""}. Arrow keys move it, plus and minus zoom, zero shows all.`}
        onKeyDown={keyPressed}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          hands.current.set(event.pointerId, [event.clientX, event.clientY]);
        }}
        onPointerMove={pointerMoved}
        onPointerUp={(event) => hands.current.delete(event.pointerId)}
        onPointerCancel={(event) => hands.current.delete(event.pointerId)}
      >
        <div class="sheet" ref={sheet}>
          {borders && <div class="borders" />}
        </div>
      </div>
      <div class="tools" role="toolbar" aria-label="View">
        <label class="times">
          <span>
            {times} × {times}
          </span>
          <input
            type="range"
            min="1"
            max={MOST}
            value={times}
            aria-label="How often it is repeated"
            onInput={(event) => setTimes(Number(event.currentTarget.value))}
          />
        </label>
        <Toggle label="Borders in the middle" on={offset} toggle={() => setOffset(!offset)} />
        <Toggle label="Show borders" on={borders} toggle={() => setBorders(!borders)} />
        {children}
        <Zoom
          nearer={() => zoomBy(ZOOM_STEP)}
          all={fit}
          farther={() => zoomBy(1 / ZOOM_STEP)}
        />
      </div>
    </div>
  );
}

function distance(one: readonly [number, number], other: readonly [number, number]): number {
  return Math.hypot(one[0] - other[0], one[1] - other[1]);
}
