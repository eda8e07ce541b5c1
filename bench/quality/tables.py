"""The figures of a run in tables: by material and tag, against the bars, against another run."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from bench.quality.case import Case

COLUMNS = {
    "purity": "purity",
    "iou": "iou",
    "right": "right",
    "sure": "sure",
    "skewed": "skew%",
    "keystone": "keyst%",
    "light_residue": "light",
    "light_off": "l.off",
    "light_before": "l.was",
    "light_tint": "l.tint",
    "zoom": "zoom",
    "seam": "seam",
    "repetition": "rep",
    "sharpness": "sharp",
    "fidelity": "fid",
    "judge_overall": "JUDGE",
    "judge_seam": "j.seam",
    "judge_realism": "j.real",
    "judge_structure": "j.str",
    "judge_repetition": "j.rep",
    "judge_fidelity": "j.fid",
    "judge_overall.img2texture": "peer",
}
"""Figures in the tables, and their headings; `judge_` ones are the evaluation set's."""

LINED = {"brick", "paving", "wood", "roof", "fabric"}
"""Materials whose lines tell a plane."""

LEAST = 0.01
"""A mark of zero counts as this in a geometric mean."""

CHANGED = 0.02
"""Differences between two runs that are worth a line."""

Statistic = Callable[[Any], Any]


class Bar(NamedTuple):
    """What has to hold. least: whether more is better."""

    kind: str
    figure: str
    how: str
    statistic: Statistic
    limit: float
    least: bool = True
    lined: bool | None = None


def _tenth(values: Any) -> Any:
    return np.quantile(values, 0.1)


BARS = (
    Bar("tiles", "judge_overall", "mean", np.mean, 0.92),
    Bar("tiles", "judge_seam", "mean", np.mean, 0.95),
    Bar("tiles", "judge_seam", "least", np.min, 0.8),
    Bar("scenes", "purity", "median", np.median, 0.97),
    Bar("scenes", "purity", "10 % quantile", _tenth, 0.9),
    Bar("scenes", "iou", "median", np.median, 0.75),
    Bar("scenes", "skewed", "median, with lines", np.median, 1.5, False, True),
    Bar("scenes", "skewed", "median, without lines", np.median, 6.0, False, False),
    Bar("scenes", "light_off", "median", np.median, 0.05, False),
    Bar("scenes", "judge_overall", "mean", np.mean, 0.75),
    Bar("photos", "right", "mean", np.mean, 0.85),
    Bar("photos", "purity", "median", np.median, 0.95),
    Bar("photos", "seam", "mean", np.mean, 0.95),
)
"""The bars of the engine; every limit as it was set before anything was measured."""


def values(cases: Iterable[Case], figure: str) -> list[float]:
    """A figure of all cases that have it."""
    return [
        case.figures[figure]
        for case in cases
        if figure in case.figures and not np.isnan(case.figures[figure])
    ]


def tell(cases: list[Case]) -> None:
    """Print, for each kind, every case, every material and tag, the means, and the bars."""
    for kind in dict.fromkeys(case.kind for case in cases):
        ours = [case for case in cases if case.kind == kind]
        shown = [name for name in COLUMNS if values(ours, name)]
        print(f"\n{kind}: {len(ours)}")
        print(f"{'':26}" + "".join(f"{COLUMNS[name]:>7}" for name in shown))
        for case in ours:
            _line(case.name, shown, lambda name, case=case: case.figures.get(name), case.said)
        print()
        for group in sorted({one for case in ours for one in (case.material, *case.tags)}):
            inside = [one for one in ours if group in (one.material, *one.tags)]
            _line(f"{group} ({len(inside)})", shown, lambda name, of=inside: _mean(of, name))
        _line("mean", shown, lambda name, of=ours: _mean(of, name))
        _line("median", shown, lambda name, of=ours: np.median(values(of, name)))
        _geometric(ours)
        _tools(ours)
        for bar in BARS:
            if bar.kind == kind:
                _against_bar(bar, ours)


def _mean(cases: list[Case], name: str) -> float | None:
    found = values(cases, name)
    return float(np.mean(found)) if found else None


def _line(title: str, shown: list[str], get: Any, said: str = "") -> None:
    cells = [get(name) for name in shown]
    text = "".join("      -" if cell is None else f"{cell:7.2f}" for cell in cells)
    print(f"{title[:25]:26}{text}  {said}")


def _geometric(cases: list[Case]) -> None:
    for name in ("judge_overall", "judge_overall.img2texture"):
        found = values(cases, name)
        if found:
            mean = np.exp(np.mean(np.log(np.maximum(found, LEAST))))
            print(f"geometric mean of {name}: {mean:.3f} of {len(found)}")


def _tools(cases: list[Case]) -> None:
    """Every peer's mean, and how often ours is better."""
    start = "judge_overall."
    names = {name[len(start) :] for case in cases for name in case.figures if start in name}
    for peer in sorted(names):
        both = [
            (case.figures["judge_overall"], case.figures[start + peer])
            for case in cases
            if start + peer in case.figures and "judge_overall" in case.figures
        ]
        if both:
            ours, theirs = np.array(both).T
            print(
                f"  {peer:14} {theirs.mean():.3f}, ours {ours.mean():.3f}, "
                f"ours is better {int((ours > theirs).sum())} of {len(both)}"
            )


def _against_bar(bar: Bar, cases: list[Case]) -> None:
    if bar.lined is not None:
        cases = [case for case in cases if (case.material in LINED) == bar.lined]
    found = values(cases, bar.figure)
    if not found:
        return
    value = float(bar.statistic(found))
    met = value >= bar.limit if bar.least else value <= bar.limit
    sign = "≥" if bar.least else "≤"
    print(
        f"bar: {bar.figure}, {bar.how} {sign} {bar.limit:g}: {value:.3f} of {len(found)}, "
        f"{'met' if met else 'MISSED'}"
    )


def compare(cases: list[Case], before: list[dict[str, Any]]) -> None:
    """Print what changed since another run, in the cases that both have."""
    old = {(one["kind"], one["name"]): one["figures"] for one in before}
    for kind in dict.fromkeys(case.kind for case in cases):
        both = [
            (case, old[kind, case.name])
            for case in cases
            if case.kind == kind and (kind, case.name) in old
        ]
        print(f"\n{kind}, against the other run: {len(both)} in both")
        for figure in COLUMNS:
            changes = [
                (case.figures[figure] - figures[figure], case.name)
                for case, figures in both
                if figure in case.figures and figure in figures
            ]
            if changes:
                _changes(figure, changes)


def _changes(figure: str, changes: list[tuple[float, str]]) -> None:
    mean = np.mean([change for change, _ in changes])
    order = sorted(changes, key=lambda one: -abs(one[0]))[:6]
    most = ", ".join(f"{name} {change:+.2f}" for change, name in order if abs(change) > CHANGED)
    print(f"  {figure:26} {mean:+.3f} of {len(changes)}  {most}")
