/** The tile on a body, under a lamp, drawn by the graphics card. Loaded only when asked for. */

import {
  AmbientLight,
  DirectionalLight,
  DoubleSide,
  MathUtils,
  Mesh,
  MeshStandardMaterial,
  PerspectiveCamera,
  RepeatWrapping,
  SRGBColorSpace,
  Scene,
  type Texture,
  TextureLoader,
  Vector3,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import { type Solid, bodies } from "./solids";

export type { Solid } from "./solids";

export interface Look {
  readonly solid: Solid;
  /** How often the tile lies across a side. */
  readonly density: number;
  /** Of the lamp around what is seen, and above it, in degrees. */
  readonly turn: number;
  readonly height: number;
  /** Of the lamp, in hundredths of what shows the tile's own colors where it shines straight. */
  readonly strength: number;
  /** How deep its dark texels seem to lie, in hundredths. */
  readonly relief: number;
}

/** Light of this intensity shows a matt surface that faces it in its own color. */
const WHITE = Math.PI;

/** What is lit from everywhere, as a share of that. */
const AMBIENT = 0.25;

const FIELD_OF_VIEW = 35;

/** What a full relief is to three, which takes it for the height of what is white. */
const DEEPEST = 3;

/** Where it is looked from at first. */
const FROM = new Vector3(2, 1.5, 4.2);

const NEAREST = 1.6;
const FARTHEST = 9;

/** Finer screens than this cost more than they show. */
const FINEST = 2;

/** What one arrow key turns, in radians, and what one key or button zooms. */
const TURN = Math.PI / 24;
const ZOOM = 1.15;

export class Lit {
  readonly #renderer: WebGLRenderer;
  readonly #scene = new Scene();
  readonly #camera = new PerspectiveCamera(FIELD_OF_VIEW);
  readonly #lamp = new DirectionalLight();
  readonly #material = new MeshStandardMaterial({ roughness: 0.95, side: DoubleSide });
  readonly #mesh = new Mesh(bodies.plane().geometry, this.#material);
  readonly #controls: OrbitControls;
  readonly #sized: ResizeObserver;
  #solid: Solid | undefined;
  #around: readonly [number, number] = [1, 1];
  #texture: Texture | undefined;
  #frame = 0;

  /** Throws where the browser has no WebGL. */
  constructor(readonly canvas: HTMLCanvasElement) {
    this.#renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true });
    this.#scene.add(new AmbientLight(undefined, WHITE * AMBIENT), this.#lamp, this.#mesh);
    this.#mesh.visible = false;
    this.#camera.position.copy(FROM);
    this.#controls = new OrbitControls(this.#camera, canvas);
    Object.assign(this.#controls, { enablePan: false, minDistance: NEAREST, maxDistance: FARTHEST });
    this.#controls.addEventListener("change", this.#draw);
    this.#controls.saveState();
    this.#sized = new ResizeObserver(this.#fit);
    this.#sized.observe(canvas);
  }

  /** Shows the tile at an address: told to wrap, in sRGB, sharp at every angle and distance. */
  async load(url: string): Promise<void> {
    const texture = await new TextureLoader().loadAsync(url);
    texture.wrapS = texture.wrapT = RepeatWrapping;
    texture.colorSpace = SRGBColorSpace;
    texture.anisotropy = this.#renderer.capabilities.getMaxAnisotropy();
    this.#texture = this.#material.map = this.#material.bumpMap = texture;
    this.#material.needsUpdate = true;
    this.#mesh.visible = true;
    this.#draw();
  }

  /** ratio: width of the tile over its height. */
  show({ solid, density, turn, height, strength, relief }: Look, ratio: number): void {
    if (solid !== this.#solid) this.#put(solid);
    const across = Math.max(1, Math.round(density * this.#around[0]));
    this.#texture?.repeat.set(across, (across / this.#around[0]) * this.#around[1] * ratio);
    this.#lamp.intensity = (WHITE * (1 - AMBIENT) * strength) / 100;
    this.#material.bumpScale = (DEEPEST * relief) / 100;
    const [above, beside] = [MathUtils.degToRad(90 - height), MathUtils.degToRad(turn)];
    this.#lamp.position.setFromSphericalCoords(1, above, beside);
    this.#draw();
  }

  /** Turns it, in steps of a key. */
  turn(left: number, up: number): void {
    this.#controls.rotateLeft(TURN * left);
    this.#controls.rotateUp(TURN * up);
    this.#controls.update();
  }

  nearer(): void {
    this.#controls.dollyIn(ZOOM);
    this.#controls.update();
  }

  farther(): void {
    this.#controls.dollyOut(ZOOM);
    this.#controls.update();
  }

  /** As it was at first. */
  back(): void {
    this.#controls.reset();
  }

  /** Gives back all that the graphics card holds. */
  close(): void {
    cancelAnimationFrame(this.#frame);
    this.#sized.disconnect();
    this.#controls.dispose();
    this.#mesh.geometry.dispose();
    this.#material.dispose();
    this.#texture?.dispose();
    this.#renderer.dispose();
    this.#renderer.forceContextLoss();
  }

  #put(solid: Solid): void {
    const { geometry, around } = bodies[solid]();
    this.#mesh.geometry.dispose();
    this.#mesh.geometry = geometry;
    this.#solid = solid;
    this.#around = around;
  }

  readonly #fit = (): void => {
    const { clientWidth, clientHeight } = this.canvas;
    if (!clientWidth || !clientHeight) return;
    this.#renderer.setPixelRatio(Math.min(FINEST, devicePixelRatio));
    this.#renderer.setSize(clientWidth, clientHeight, false);
    this.#camera.aspect = clientWidth / clientHeight;
    this.#camera.updateProjectionMatrix();
    this.#draw();
  };

  /** Once before the next picture of the page, however much changes until then. */
  readonly #draw = (): void => {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#renderer.render(this.#scene, this.#camera);
    });
  };
}
