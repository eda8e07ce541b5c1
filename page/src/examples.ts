/** The photos of examples/ that are shipped with the project; examples/CREDITS.md says whose. */

import asphalt from "../../examples/asphalt_street.jpg";
import deck from "../../examples/deck_water.jpg";
import leaves from "../../examples/oak_leaves.jpg";
import bricks from "../../examples/old_brick_grey.jpg";
import smallAsphalt from "./examples/asphalt_street.webp";
import smallDeck from "./examples/deck_water.webp";
import smallLeaves from "./examples/oak_leaves.webp";
import smallBricks from "./examples/old_brick_grey.webp";

export interface Example {
  readonly name: string;
  readonly label: string;
  readonly photo: string;
  readonly small: string;
  readonly prompt: string;
}

export const EXAMPLES: readonly Example[] = [
  {
    name: "old_brick_grey.jpg",
    label: "Old bricks",
    photo: bricks,
    small: smallBricks,
    prompt: "Extract old brick texture from the wall.",
  },
  {
    name: "asphalt_street.jpg",
    label: "Asphalt",
    photo: asphalt,
    small: smallAsphalt,
    prompt: "Extract asphalt texture from the road.",
  },
  {
    name: "oak_leaves.jpg",
    label: "Fallen leaves",
    photo: leaves,
    small: smallLeaves,
    prompt: "Extract fallen leaves texture from the forest floor.",
  },
  {
    name: "deck_water.jpg",
    label: "Wooden deck",
    photo: deck,
    small: smallDeck,
    prompt: "Extract wood texture from the deck.",
  },
];

/** To begin with, where nothing is written yet. */
export const SUGGESTIONS = [
  "Extract stone texture from the wall.",
  "Extract brick texture from the wall on the left.",
  "Extract grass texture from the lawn.",
  "Extract wood texture from the planks.",
  "Extract fabric texture from the sofa.",
];

export const CREDIT = "Asphalt: Ed Callow, CC BY 2.0. The others: CC0.";
