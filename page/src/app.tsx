/** The whole page: a bar, the place where the visitor is, and beside it what is asked for. */

import { Bar } from "./bar";
import { news } from "./jobs";
import { KeyDialog } from "./keys";
import { Later } from "./later";
import { Panel } from "./panel";
import { place } from "./places";
import { unreachable } from "./service";
import { Shelf } from "./shelf";
import { Stage } from "./stage";

const code = () => import("./code").then((part) => part.Code);
const history = () => import("./history").then((part) => part.History);
const operator = () => import("./operator").then((part) => part.Operator);

export function App() {
  return (
    <>
      <Bar />
      <span class="unseen" role="status">
        {news.value}
      </span>
      {unreachable.value && (
        <p class="banner" role="alert">
          The service does not answer. What it accepted is safe there, and what you entered is safe
          here; this page keeps asking.
        </p>
      )}
      <main data-place={place.value}>
        {place.value === "make" && (
          <div class="picture">
            <Stage />
            <Shelf />
          </div>
        )}
        {place.value === "code" && <Later load={code} />}
        {place.value === "history" && <Later load={history} />}
        {place.value === "operator" && <Later load={operator} />}
        {(place.value === "make" || place.value === "code") && <Panel />}
      </main>
      <KeyDialog />
    </>
  );
}
