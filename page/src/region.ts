/** The surface as it is drawn on the photo: what the service takes as `region`, and its geometry. */

/** x and y in fractions of the photo as it is seen upright; 0, 0 is its top left corner. */
export type Point = readonly [number, number];

export type Region =
  | { readonly polygon: readonly Point[] }
  | { readonly corners: readonly Point[] };

/** Fractions are told to a ten-thousandth: less than a pixel of what a hand can point at. */
const FINE = 1e4;

/** The outline of a region, whichever of both it is; nothing where there is none. */
export function outlineOf(region: unknown): readonly Point[] {
  if (typeof region !== "object" || region === null) return [];
  if ("polygon" in region) return region.polygon as readonly Point[];
  return "corners" in region ? (region.corners as readonly Point[]) : [];
}

/** The nearest point of the photo. */
export function within([x, y]: Point): Point {
  const nearest = (part: number) => Math.round(FINE * Math.min(1, Math.max(0, part))) / FINE;
  return [nearest(x), nearest(y)];
}

/** The rectangle between two opposite corners, beginning at the first. */
export function box([left, top]: Point, [right, bottom]: Point): readonly Point[] {
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
}

/** Whether the sides of four points lie along those of the photo. */
export function isBox(points: readonly Point[]): boolean {
  const [one, two, three, four] = points;
  if (!one || !two || !three || !four || points.length > 4) return false;
  const level = one[1] === two[1] && two[0] === three[0] && three[1] === four[1];
  const upright = one[0] === two[0] && two[1] === three[1] && three[0] === four[0];
  return (level && four[0] === one[0]) || (upright && four[1] === one[1]);
}

/** The points in the order in which they lie around what is between them. */
export function around(points: readonly Point[]): readonly Point[] {
  const [x, y] = mean(points);
  const angle = (point: Point) => Math.atan2(point[1] - y, point[0] - x);
  return [...points].sort((one, other) => angle(one) - angle(other));
}

function mean(points: readonly Point[]): Point {
  const part = (at: 0 | 1) => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  return [part(0), part(1)];
}

/** Each side with twice the area, signed, between it and the photo's top left corner. */
function sides(points: readonly Point[]): readonly [from: Point, to: Point, turn: number][] {
  return points.map((one, index) => {
    const next = points[(index + 1) % points.length] ?? one;
    return [one, next, one[0] * next[1] - next[0] * one[1]];
  });
}

/** In shares of the photo. */
export function area(points: readonly Point[]): number {
  return Math.abs(sides(points).reduce((sum, side) => sum + side[2], 0)) / 2;
}

/** The middle of what lies inside. */
export function middle(points: readonly Point[]): Point {
  const all = sides(points);
  const whole = all.reduce((sum, side) => sum + side[2], 0);
  if (whole === 0) return mean(points);
  const part = (at: 0 | 1) =>
    all.reduce((sum, [from, to, turn]) => sum + (from[at] + to[at]) * turn, 0) / (3 * whole);
  return [part(0), part(1)];
}

/** Whether a point lies inside: a ray from it leaves the outline an odd number of times. */
export function holds(points: readonly Point[], [x, y]: Point): boolean {
  const crossed = sides(points).filter(([one, next]) => {
    if (one[1] > y === next[1] > y) return false;
    return x < one[0] + ((y - one[1]) / (next[1] - one[1])) * (next[0] - one[0]);
  });
  return crossed.length % 2 === 1;
}

/** Twice the area of a triangle; its sign tells to which side the way bends. */
function bend(start: Point, one: Point, other: Point): number {
  const [x, y] = start;
  return (one[0] - x) * (other[1] - y) - (one[1] - y) * (other[0] - x);
}

/** The outline itself if it does not cross itself; else, of each two loops, the larger one. */
export function uncrossed(points: readonly Point[]): readonly Point[] {
  const all = sides(points);
  for (const [at, [a, b]] of all.entries()) {
    for (const [to, [c, d]] of all.entries()) {
      const [left, right] = [bend(c, d, a), bend(c, d, b)];
      if (to <= at || left * right >= 0 || bend(a, b, c) * bend(a, b, d) >= 0) continue;
      const part = left / (left - right);
      const meet = within([a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])]);
      const loop = [meet, ...points.slice(at + 1, to + 1)];
      const rest = [...points.slice(0, at + 1), meet, ...points.slice(to + 1)];
      return uncrossed(area(loop) > area(rest) ? loop : rest);
    }
  }
  return points;
}

/** All points moved alike, as far as the photo reaches. */
export function shifted(points: readonly Point[], across: number, down: number): readonly Point[] {
  const room = (at: 0 | 1, by: number) => {
    const parts = points.map((point) => point[at]);
    return Math.min(1 - Math.max(...parts), Math.max(-Math.min(...parts), by));
  };
  const [right, below] = [room(0, across), room(1, down)];
  return points.map(([x, y]) => within([x + right, y + below]));
}

/** Fewer points that stray from the given ones by `most` at the utmost (Douglas and Peucker). */
export function simplified(points: readonly Point[], most: number): readonly Point[] {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length < 3) return points;
  const strays = points.map((point) => away(point, first, last));
  const farthest = Math.max(...strays);
  if (farthest <= most) return [first, last];
  const at = strays.indexOf(farthest);
  return [
    ...simplified(points.slice(0, at + 1), most).slice(0, -1),
    ...simplified(points.slice(at), most),
  ];
}

/** How far a point is from the line between two others, or from both where they are one. */
function away([x, y]: Point, from: Point, to: Point): number {
  const [across, down] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(across, down);
  if (length === 0) return Math.hypot(x - from[0], y - from[1]);
  return Math.abs(across * (y - from[1]) - down * (x - from[0])) / length;
}
