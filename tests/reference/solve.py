"""Reference integrations in 80-bit arithmetic, and models written with SymPy.

Nothing here comes from hamel: equations are derived by SymPy from an expression typed in by hand, or typed in
themselves, and integrated by extrapolation of the modified midpoint rule (Gragg 1965, Bulirsch and Stoer 1966) in
long double. Two orders of extrapolation give two answers; their difference is the error that is reported.
"""
import numpy as np
import sympy as sp
from fractions import Fraction
from mpmath import mp, mpf

mp.dps = 40
LD = np.longdouble
assert np.finfo(LD).eps < 2e-19, "needs 80-bit long double"
half = sp.Rational(1, 2)


def deg(x):
    """Degrees as the double nearest to the exact angle."""
    return float(mpf(str(x)) * mp.pi / 180)


def si(text, factor):
    """A decimal times an exact factor (a number or a fraction as text), rounded to a double once."""
    return float(Fraction(str(text)) * Fraction(str(factor)))


def scales(y, groups, biggest):
    """Per component: the largest magnitude its group has had."""
    for g, members in enumerate(groups):
        biggest[g] = max(biggest[g], np.max(np.abs(y[members])))
    out = np.empty(len(y), dtype=LD)
    for g, members in enumerate(groups):
        out[members] = biggest[g] if biggest[g] > 0 else LD(1)
    return out


def extrapolate(f, t, y, t1, groups, order, tol):
    """From t to t1 with `order` columns of extrapolation; the end state."""
    t, t1 = LD(t), LD(t1)
    y = np.array(y, dtype=LD)
    biggest = np.zeros(len(groups), dtype=LD)
    step = (t1 - t) / 100
    sequence = [2 * (j + 1) for j in range(order)]
    rejected = 0
    while t < t1:
        last = t + step >= t1
        if last:
            step = t1 - t
        scale = scales(y, groups, biggest)
        f0 = f(t, y)
        # A group that is zero is measured by what it will become in this step.
        scale = np.where(np.abs(scale) > 0, scale, 1)
        table = []
        error, better = None, None
        for j, n in enumerate(sequence):
            h = step / n
            before, here = y, y + h * f0
            for m in range(1, n):
                before, here = here, before + 2 * h * f(t + m * h, here)
            row = [(before + here + h * f(t + step, here)) / 2]
            for i in range(1, j + 1):
                ratio = (LD(n) / sequence[j - i]) ** 2 - 1
                row.append(row[i - 1] + (row[i - 1] - table[-1][i - 1]) / ratio)
            table.append(row)
        better = table[-1][-1]
        error = np.max(np.abs(better - table[-1][-2]) / scale)
        if not np.isfinite(error):
            step /= 10
            continue
        if error <= tol or rejected > 6:
            t = t1 if last else t + step
            y = better
            rejected = 0
        else:
            rejected += 1
        factor = LD(4) if error == 0 else LD(0.8) * (LD(tol) / error) ** (LD(1) / (2 * order - 1))
        step *= min(LD(3), max(LD(0.2), factor))
    return y


class Model:
    """Columns, their groups, the vector field and a way to evaluate expressions on a trajectory."""

    def __init__(self, columns, rhs, symbols=None, time=None, values=None):
        self.columns, self.rhs, self.symbols, self.time, self.values = columns, rhs, symbols, time, values or {}

    def groups(self):
        by_name = {}
        for i, c in enumerate(self.columns):
            base = c.split("[")[0] + ("'" if c.endswith("'") else "")
            by_name.setdefault(base, []).append(i)
        return list(by_name.values())

    def evaluate(self, expression):
        """The expression as a function of (t, Y) over arrays."""
        names = list(self.values)
        g = sp.lambdify([self.time, *self.symbols, *names], expression, modules="numpy", cse=True)
        numbers = [float(self.values[n]) for n in names]
        return lambda t, y: np.broadcast_to(g(t, *y, *numbers), np.shape(t))


def constants(**numbers):
    """Symbols with values, so that SymPy never sees a rounded number."""
    return [sp.Symbol(n) for n in numbers], {sp.Symbol(n): LD(v) for n, v in numbers.items()}


def gauss(a, b):
    """Solves a x = b in long double with row exchanges."""
    a, b = a.copy(), b.copy()
    n = len(b)
    for k in range(n):
        p = k + int(np.argmax(np.abs(a[k:, k])))
        if p != k:
            a[[k, p]], b[[k, p]] = a[[p, k]], b[[p, k]]
        factors = a[k + 1:, k] / a[k, k]
        a[k + 1:, k:] -= factors[:, None] * a[k, k:]
        b[k + 1:] -= factors * b[k]
    for k in range(n - 1, -1, -1):
        b[k] = (b[k] - a[k, k + 1:] @ b[k + 1:]) / a[k, k]
    return b


def lagrange(q, L, values, t, R=0, Q=None, columns=None, v=None):
    """Euler-Lagrange with Rayleigh function and generalized forces; `q` symbols, velocities `velocity(q)`."""
    n = len(q)
    v = v or [velocity(s) for s in q]
    dv = [sp.diff(L, s) for s in v]
    mass = [[sp.diff(d, s) for s in v] for d in dv]
    force = []
    for i in range(n):
        rest = sum(sp.diff(dv[i], q[j]) * v[j] for j in range(n)) + sp.diff(dv[i], t)
        force.append(sp.diff(L, q[i]) - rest - sp.diff(sp.sympify(R), v[i]) + (Q[i] if Q else 0))
    names = list(values)
    numbers = [values[s] for s in names]
    entries = [m for row in mass for m in row] + force
    g = sp.lambdify([t, *q, *v, *names], entries, modules="numpy", cse=True)

    def rhs(time, y):
        out = g(time, *y, *numbers)
        m = np.array(out[: n * n], dtype=LD).reshape(n, n)
        return np.concatenate([y[n:], gauss(m, np.array(out[n * n:], dtype=LD))])

    columns = columns or [str(s) for s in q]
    return Model(columns + [c + "'" for c in columns], rhs, list(q) + list(v), t, values)


def velocity(s):
    return sp.Symbol(str(s) + "_dot")


def hamilton(q, p, H, values, t, R=0, Q=None, D=None, columns=None):
    """Canonical equations, with Rayleigh function of (q, v = ∂H/∂p), forces and an irrotational part."""
    dq = [sp.diff(H, s) for s in p]
    v = {velocity(s): e for s, e in zip(q, dq)}
    dp = [-sp.diff(H, s) for s in q]
    for i, s in enumerate(q):
        dp[i] -= sp.diff(sp.sympify(R), velocity(s)).subs(v)
        if Q:
            dp[i] += sp.sympify(Q[i]).subs(v)
        if D is not None:
            dq[i] += sp.diff(D, s)
            dp[i] += sp.diff(D, p[i])
    return flow(list(q) + list(p), dq + dp, values, t, columns or [str(s) for s in (*q, *p)])


def flow(x, rates, values, t, columns=None):
    names = list(values)
    numbers = [values[s] for s in names]
    g = sp.lambdify([t, *x, *names], rates, modules="numpy", cse=True)
    rhs = lambda time, y: np.array(g(time, *y, *numbers), dtype=LD)
    return Model(columns or [str(s) for s in x], rhs, list(x), t, values)


def second_order(columns, acceleration):
    """Newton's form with the acceleration as a function of (t, x, v)."""
    n = len(columns)
    rhs = lambda t, y: np.concatenate([y[n:], acceleration(t, y[:n], y[n:])])
    return Model(columns + [c + "'" for c in columns], rhs)
