/** A table that scrolls by itself where it is wider than the page. */

import type { ComponentChildren } from "preact";
import "./tables.css";

interface Given {
  readonly head: readonly string[];
  readonly rows: readonly (readonly ComponentChildren[])[];
  readonly label?: string;
}

export function Table({ head, rows, label }: Given) {
  return (
    <div class="wide" tabIndex={0} role="region" aria-label={label ?? head.join(", ")}>
      <table>
        <thead>
          <tr>
            {head.map((one) => (
              <th key={one} scope="col">
                {one}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>
              {cells.map((cell, column) => (
                <td key={column} data-head={head[column]}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
