/** Where the page begins. */

import { effect, untracked } from "@preact/signals";
import { render } from "preact";
import { App } from "./app";
import { listen } from "./arrival";
import { goOn } from "./jobs";
import { key } from "./service";
import { bringBack } from "./wish";

const place = document.getElementById("app");
if (place) render(<App />, place);
listen();
void bringBack().then(() =>
  effect(() => {
    key.value; // again with each key: the one before may not have been good
    untracked(() => void goOn()); // what it reads changes with every answer that it gets
  }),
);
