"""Writes the reference states: `python make.py [gallery|held_out] [stem|missing]`, with numpy, scipy, sympy and mpmath.

For every system: FILE.SYSTEM.csv with the state at the end of its run, from two long-double extrapolations of
different order; a line in accuracy.csv with their difference, the difference of scipy's DOP853 at 1e-13 in double, and
how much the motion amplifies a disturbance of its start. Checks are tried with DOP853 at the tolerance of the file.
"""
import csv
import importlib
import pathlib
import sys
import time

import numpy as np
from scipy.integrate import solve_ivp
from solve import LD, extrapolate

here = pathlib.Path(__file__).parent


def parts(c):
    """Spans of one vector field each: (end, rhs)."""
    pieces = getattr(c["model"], "pieces", None)
    if pieces:
        return [(c["end"] if end is None else end, f) for end, f in pieces]
    return [(c["end"], c["model"].rhs)]


def precise(c, order, tol, start=None):
    at, y = 0.0, np.array(c["start"] if start is None else start, dtype=LD)
    for end, f in parts(c):
        y = extrapolate(f, at, y, end, c["model"].groups(), order, tol)
        at = end
    return y


def double(c, rtol, dense=False):
    """DOP853 with the error norm of the language page: atol = rtol times the largest of the group so far."""
    y = np.array(c["start"], dtype=float)
    at = 0.0
    groups = c["model"].groups()
    ts, ys = [], []
    peak = c["peak"]
    for end, f in parts(c):
        g = lambda s, z: np.asarray(f(s, z), dtype=float)
        atol = np.empty(len(y))
        for members in groups:
            atol[members] = rtol * max(peak[members].max(), 1e-300)
        grid = None
        if dense:
            inside = np.arange(at, end, c["by"])
            grid = np.append(inside[inside < end - 1e-9 * (end - at)], end)
        s = solve_ivp(g, (at, end), y, method="DOP853", rtol=max(rtol, 3e-14), atol=atol, t_eval=grid)
        if not s.success:
            raise RuntimeError(s.message)
        ts.append(s.t)
        ys.append(s.y)
        y, at = s.y[:, -1], end
    return np.concatenate(ts), np.concatenate(ys, axis=1)


def main():
    which = sys.argv[1:2] or ["gallery", "held_out"]
    only = sys.argv[2] if len(sys.argv) > 2 else None
    table = here / "accuracy.csv"
    rows = {}
    if table.exists():
        rows = {r["file"]: r for r in csv.DictReader(table.open(encoding="utf8"))}
    for name in which:
        for c in importlib.import_module(name).CASES:
            if only == "missing" and f"{c['stem']}.{c['system']}.csv" in rows:
                continue
            if only and only not in ("missing", c["stem"]):
                continue
            begin = time.time()
            c["peak"] = np.abs(np.array(c["start"], dtype=float))
            c["peak"][c["peak"] == 0] = 1e-6
            rough = double(c, 1e-6)[1]
            c["peak"] = np.abs(rough).max(axis=1)
            label = f"{c['stem']}.{c['system']}"
            failed = []
            if c["checks"]:
                ts, ys = double(c, c["rtol"], dense=True)
                for text, (f, bound) in c["checks"].items():
                    value = f(ts, ys)
                    spare = bound / value if value > 0 else np.inf
                    print(f"    {label} check {text}: {value:.3g} against {bound:.3g}, spare {spare:.3g}")
                    if spare < 3 and bound not in (1, 2, 0.5, 13, 20, 50, 0):
                        failed.append(text)
            if c["system"] is None:
                continue
            fine = precise(c, 8, 1e-17)
            other = precise(c, 7, 1e-17)
            scipy_end = double(c, 1e-13)[1][:, -1]
            big = np.abs(fine).max()
            groups = c["model"].groups()
            size = np.zeros(len(fine))
            for members in groups:
                size[members] = c["peak"][members].max()
            size[size == 0] = 1
            error = float(np.max(np.abs(fine - other) / size))
            apart = float(np.max(np.abs(fine - scipy_end) / size))
            nudged = np.array(c["start"], dtype=LD)
            nudged = nudged + LD(1e-10) * size * np.cos(np.arange(len(nudged)) + 1)
            growth = float(np.max(np.abs(precise(c, 7, 1e-17, nudged) - other) / size)) / 1e-10
            with (here / f"{label}.csv").open("w", encoding="utf8") as out:
                out.write("column,value\n")
                for column, value in zip(c["model"].columns, fine):
                    out.write(f"{column},{float(value)!r}\n")
            rows[f"{label}.csv"] = dict(file=f"{label}.csv", t_end=repr(c["end"]), error=f"{error:.1e}",
                                        scipy=f"{apart:.1e}", growth=f"{growth:.1e}")
            with table.open("w", encoding="utf8", newline="") as out:
                writer = csv.DictWriter(out, ["file", "t_end", "error", "scipy", "growth"], lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows[k] for k in sorted(rows))
            print(f"{label}: error {error:.1e}, DOP853 {apart:.1e}, growth {growth:.1e}, largest {float(big):.3g}"
                  f" ({time.time() - begin:.1f} s){'  CHECKS: ' + ', '.join(failed) if failed else ''}", flush=True)


main()
