/** Where the page begins. */

import { render } from "preact";
import { App } from "./app";
import { listen } from "./arrival";
import { goOn } from "./jobs";
import { bringBack } from "./wish";

const place = document.getElementById("app");
if (place) render(<App />, place);
listen();
void bringBack().then(goOn);
