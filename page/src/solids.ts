/** The bodies that a tile is laid over, each with how often it goes around them. */

import {
  BoxGeometry,
  type BufferGeometry,
  PlaneGeometry,
  SphereGeometry,
} from "three";

export type Solid = "sphere" | "cube" | "plane" | "cloth";

interface Body {
  readonly geometry: BufferGeometry;
  /** How often the tile lies across and down, where once is its width over a cube's side. */
  readonly around: readonly [number, number];
}

/** Of a cube, in units of the scene; the others are about as large. */
const SIDE = 1.7;

/** A sphere of this many parts has no corners to be seen. */
const ROUND = 128;

/** A cloth's folds: waves across it and how high they are, in units of the scene. */
const FOLDS: readonly (readonly [across: number, down: number, height: number])[] = [
  [2.6, 0.9, 0.13],
  [5.3, -1.6, 0.05],
  [1.1, 2.3, 0.06],
];

export const bodies: Readonly<Record<Solid, () => Body>> = {
  sphere: () => ({ geometry: new SphereGeometry(1.15, ROUND, ROUND / 2), around: [4, 2] }),
  cube: () => ({ geometry: new BoxGeometry(SIDE, SIDE, SIDE), around: [1, 1] }),
  plane: () => ({ geometry: new PlaneGeometry(2.6, 2.6), around: [1.5, 1.5] }),
  cloth: () => ({ geometry: cloth(2.6), around: [1.5, 1.5] }),
};

/** A square that hangs in folds. */
function cloth(side: number): BufferGeometry {
  const flat = new PlaneGeometry(side, side, ROUND, ROUND);
  const points = flat.getAttribute("position");
  for (let at = 0; at < points.count; at++) {
    const [x, y] = [points.getX(at), points.getY(at)];
    const height = FOLDS.map(([across, down, high]) => high * Math.sin(across * x + down * y));
    points.setZ(at, height.reduce((sum, part) => sum + part));
  }
  flat.computeVertexNormals();
  return flat;
}
