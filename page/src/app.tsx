/** The whole page: a bar, the picture, and beside it what is asked for. */

import { Bar } from "./bar";
import { KeyDialog } from "./keys";
import { Panel } from "./panel";
import { unreachable } from "./service";
import { Shelf } from "./shelf";
import { Stage } from "./stage";

export function App() {
  return (
    <>
      <Bar />
      {unreachable.value && (
        <p class="banner" role="alert">
          The service does not answer. What it accepted is safe there, and what you entered is safe
          here; this page keeps asking.
        </p>
      )}
      <main>
        <div class="picture">
          <Stage />
          <Shelf />
        </div>
        <Panel />
      </main>
      <KeyDialog />
    </>
  );
}
