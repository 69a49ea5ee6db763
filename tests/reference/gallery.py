"""The systems of the gallery, written down again by hand; see solve.py."""
import pathlib
import re

import numpy as np
import sympy as sp
from sympy import cos, exp, log, sin, sqrt, symbols
from solve import LD, Model, constants, deg, flow, half, hamilton, lagrange, second_order, si, velocity, gauss

t = sp.Symbol("t")
CASES = []


def case(stem, system, model, start, end, breaks=(), rtol=1e-10, by=None, **checks):
    CASES.append(dict(stem=stem, system=system, model=model, start=start, end=end, breaks=breaks, rtol=rtol,
                      by=by or end / 1000, checks=checks))


def drift(model, expression, bound, scale=None):
    f = model.evaluate(expression)

    def worst(time, y):
        e = f(time, y)
        return np.max(np.abs(e - e[0])) / (scale or abs(e[0]))

    return worst, bound


def near(model, expression, bound):
    """Largest magnitude of an expression that should vanish."""
    f = model.evaluate(expression)
    return (lambda time, y: np.max(np.abs(f(time, y)))), bound


def at_end(index, value, bound):
    return (lambda time, y: np.max(np.abs(y[index, -1] - value))), bound


def below(index, bound):
    return (lambda time, y: np.max(np.abs(y[index]))), bound


def coordinates(text):
    q = list(symbols(text))
    return q, [velocity(s) for s in q]


# Oscillators.
(m, k, a), P = constants(m=0.5, k=10, a=0.1)
(x,), (v,) = coordinates("x,")
o = lagrange([x], half * m * v**2 - half * k * x**2, P, t)
w = sqrt(k / m)
case("harmonic_oscillator", "HarmonicOscillator", o, [0.1, 0], 20,
     x=near(o, x - a * cos(w * t), 1e-8), E=drift(o, half * m * v**2 + half * k * x**2, 1e-8))

(m, k, c, a), P = constants(m=1, k=4, c=0.5, a=0.2)
(x1, x2), (v1, v2) = coordinates("x1 x2")
o = lagrange([x1, x2], half * m * (v1**2 + v2**2) - half * k * (x1**2 + x2**2) - half * c * (x1 - x2) ** 2, P, t)
case("coupled_oscillators", "CoupledOscillators", o, [0.2, 0, 0, 0], 60,
     x1=near(o, x1 - a / 2 * (cos(sqrt(k / m) * t) + cos(sqrt((k + 2 * c) / m) * t)), 1e-7),
     Es=drift(o, m * (v1 + v2) ** 2 + k * (x1 + x2) ** 2, 1e-7),
     Ed=drift(o, m * (v1 - v2) ** 2 + (k + 2 * c) * (x1 - x2) ** 2, 1e-7))

(m, k, c, a), P = constants(m=1, k=25, c=0.6, a=0.1)
o = lagrange([x], half * m * v**2 - half * k * x**2, P, t, R=half * c * v**2)
d = c / (2 * m)
w = sqrt(k / m - d**2)
case("damped_oscillator", "DampedOscillator", o, [0.1, 0], 15,
     x=near(o, x - a * exp(-d * t) * (cos(w * t) + d / w * sin(w * t)), 1e-8))

# Pendula.
(th,), (w_,) = coordinates("θ,")
(m, l, g), P = constants(m=1, l=1, g=9.81)
o = lagrange([th], half * m * l**2 * w_**2 + m * g * l * cos(th), P, t)
case("pendulum", "Pendulum", o, [deg(150), 0], 20,
     E=drift(o, half * m * l**2 * w_**2 - m * g * l * cos(th), 1e-8))

(m, l, g, c), P = constants(m=1, l=1, g=9.81, c=0.25)
o = lagrange([th], half * m * l**2 * w_**2 + m * g * l * cos(th), P, t, R=half * c * w_**2)
E = o.evaluate(half * m * l**2 * w_**2 - m * g * l * cos(th))


def rises(time, y, E=E):
    e = E(time, y)
    return np.max(np.diff(e)) / np.max(np.abs(e))


case("damped_pendulum", "DampedPendulum", o, [0, 7.5], 15, by=0.01,
     decreasing=(rises, 1e-12), well=at_end(0, 2 * np.pi, 1))

(q_, F, W), P = constants(q=2, F=1.07, W=LD(2) / 3)
o = lagrange([th], half * w_**2 + cos(th), P, t, R=half * w_**2 / q_, Q=[F * cos(W * t)])
case("driven_pendulum", "DrivenPendulum", o, [0, 0], 60, rtol=1e-11)

(th, ph), (w1, w2) = coordinates("θ φ")
(m, l, g), P = constants(m=1, l=1, g=9.81)
T = half * m * l**2 * (w1**2 + sin(th) ** 2 * w2**2)
o = lagrange([th, ph], T + m * g * l * cos(th), P, t)
case("spherical_pendulum", "SphericalPendulum", o, [deg(60), 0, 0, 2], 30,
     E=drift(o, T - m * g * l * cos(th), 1e-7), p=drift(o, m * l**2 * sin(th) ** 2 * w2, 1e-7))

(x, y), (vx, vy) = coordinates("r[1] r[2]")
x, y = sp.Symbol("r[1]"), sp.Symbol("r[2]")
X, Y, U, V = symbols("X Y X_dot Y_dot")
(m, k, l, g), P = constants(m=1, k=39.24, l=0.75, g=9.81)
pot = half * k * (sqrt(X**2 + Y**2) - l) ** 2 + m * g * Y
o = lagrange([X, Y], half * m * (U**2 + V**2) - pot, P, t, columns=["r[1]", "r[2]"])
case("spring_pendulum", "SpringPendulum", o, [0.04, -1.1, 0, 0], 40,
     E=drift(o, half * m * (U**2 + V**2) + pot, 1e-8))

(a1, a2), (w1, w2) = coordinates("θ1 θ2")
(m1, m2, l1, l2, g, c1, c2), P = constants(m1=1, m2=1, l1=1, l2=0.8, g=9.81, c1=0.02, c2=0.02)
T = half * (m1 + m2) * l1**2 * w1**2 + half * m2 * l2**2 * w2**2 + m2 * l1 * l2 * w1 * w2 * cos(a1 - a2)
o = lagrange([a1, a2], T + (m1 + m2) * g * l1 * cos(a1) + m2 * g * l2 * cos(a2), P, t,
             R=half * c1 * w1**2 + half * c2 * (w2 - w1) ** 2)
case("double_pendulum", "DoublePendulum", o, [deg(120), deg(-10), 0, 0], 20)
case("double_pendulum", "DoublePendulum.t5", o, [deg(120), deg(-10), 0, 0], 5)


def links(mass, length, g, friction):
    """n links from the equations in Braun (2002): M_ij = μ_max(i,j) l_i l_j cos(θi - θj)."""
    mass, length = np.array(mass, dtype=LD), np.array(length, dtype=LD)
    n = len(mass)
    tail = np.cumsum(mass[::-1])[::-1]
    i = np.arange(n)
    mu = tail[np.maximum.outer(i, i)] * np.outer(length, length)
    g, c = LD(g), LD(friction)

    def acceleration(time, q, v):
        d = q[:, None] - q[None, :]
        f = -(mu * np.sin(d)) @ v**2 - g * tail * length * np.sin(q)
        rel = np.diff(v, prepend=0)
        f -= c * rel
        f[:-1] += c * rel[1:]
        return gauss(mu * np.cos(d), f)

    def energy(time, y):
        q, v = y[:n], y[n:]
        d = q[:, None] - q[None, :]
        kinetic = half_sum(mu.astype(float), d, v)
        return kinetic - np.einsum("i,it->t", (g * tail * length).astype(float), np.cos(q))

    def half_sum(mu, d, v):
        return 0.5 * np.einsum("ij,ijt,it,jt->t", mu, np.cos(d), v, v)

    return second_order([f"θ[{k}]" for k in range(1, n + 1)], acceleration), energy


def drift_of(f, bound, scale=None):
    def worst(time, y):
        e = f(time, y)
        return np.max(np.abs(e - e[0])) / (scale or abs(e[0]))

    return worst, bound


o, E = links([1] * 8, [0.25] * 8, 9.81, 0)
case("n_link_pendulum", "NLinkPendulum", o, [deg(30) * i / 8 for i in range(1, 9)] + [0] * 8, 10, E=drift_of(E, 1e-8))
o, E = links([LD(2) / (i + 1) for i in range(1, 9)], [LD(0.2) * (1 + LD(1) / i) for i in range(1, 9)], 9.81, 0.002)
case("n_link_pendulum_uneven", "UnevenPendulum", o,
     [float(deg(40) * sp.sin(sp.pi * i / 8)) for i in range(1, 9)] + [0] * 8, 10)

# Central forces and many bodies.
q1, q2, p1, p2 = symbols("q1 q2 p1 p2")
(mu,), P = constants(mu=1)
o = hamilton([q1, q2], [p1, p2], half * (p1**2 + p2**2) - mu / sqrt(q1**2 + q2**2), P, t,
             columns=["q[1]", "q[2]", "p[1]", "p[2]"])
ell = q1 * p2 - q2 * p1
case("kepler", "Kepler", o, [0.4, 0, 0, 2], float(20 * sp.pi), by=float(sp.pi / 100),
     H=drift(o, half * (p1**2 + p2**2) - mu / sqrt(q1**2 + q2**2), 1e-7), ang=drift(o, ell, 1e-7),
     lrl1=drift(o, p2 * ell - q1 / sqrt(q1**2 + q2**2), 1e-6),
     lrl2=drift(o, -p1 * ell - q2 / sqrt(q1**2 + q2**2), 1e-6, 0.6),
     back=at_end(slice(0, 2), np.array([0.4, 0]), 1e-5))

(r, ph), (vr, w) = coordinates("r φ")
(m, k), P = constants(m=1, k=1)
o = lagrange([r, ph], half * m * (vr**2 + r**2 * w**2) + k / r, P, t)
ell = m * r**2 * w
E = half * m * vr**2 - k / r + ell**2 / (2 * m * r**2)
case("central_force", "CentralForce", o, [1, 0, 0, 1.2], 100, ecc=drift(o, sqrt(1 + 2 * E * ell**2 / (m * k**2)), 1e-8))

x, y, px, py = symbols("x y px py")
H = half * (px**2 + py**2) + half * (x**2 + y**2) + x**2 * y - y**3 / 3
o = hamilton([x, y], [px, py], H, {}, t)
case("henon_heiles", "HenonHeiles", o, [0, LD("0.1"), np.sqrt(LD(1) / 4 - LD("0.0144") - LD("0.01") + LD("0.002") / 3),
                                        LD("0.12")], 200, H=drift(o, H, 1e-7))


def gravity(names, gm, dim, power=3, weights=None):
    """Newton's law for bodies with GM; columns r[name][component]."""
    gm = np.array(gm, dtype=LD)
    n = len(gm)

    def acceleration(time, q, v):
        r = q.reshape(n, dim)
        d = r[None, :, :] - r[:, None, :]
        s = np.sum(d * d, axis=2)
        np.fill_diagonal(s, 1)
        return np.einsum("ij,ijk->ik", gm[None, :] / (s * np.sqrt(s)), d).ravel()

    def energy(time, y):
        r, u = y[: n * dim].reshape(n, dim, -1), y[n * dim:].reshape(n, dim, -1)
        g = gm.astype(float)
        e = 0.5 * np.einsum("i,ikt,ikt->t", g, u, u)
        for i in range(n):
            for j in range(i):
                e = e - g[i] * g[j] / np.sqrt(np.sum((r[i] - r[j]) ** 2, axis=0))
        return e

    def angular(time, y):
        r, u = y[: n * dim].reshape(n, dim, -1), y[n * dim:].reshape(n, dim, -1)
        return np.einsum("i,it->t", gm.astype(float), r[:, 0] * u[:, 1] - r[:, 1] * u[:, 0])

    model = second_order([f"r[{b}][{k}]" for b in names for k in range(1, dim + 1)], acceleration)
    return model, energy, angular


o, E, J = gravity("abc", [1, 1, 1], 2)
case("figure_eight", "FigureEight", o,
     [0.97000436, -0.24308753, -0.97000436, 0.24308753, 0, 0,
      0.466203685, 0.43236573, 0.466203685, 0.43236573, -0.93240737, -0.86473146], 20, by=0.01, E=drift_of(E, 1e-7))
o, E, J = gravity("abc", [1, 1, 1], 2)
case("figure_eight", None, o, CASES[-1]["start"], 6.32591398,
     back=at_end(slice(0, 2), np.array([0.97000436, -0.24308753]), 1e-5))
case("figure_eight", None, o, CASES[-1]["start"], 6.32591398 / 3, third=at_end(slice(0, 2), np.array([0, 0]), 1e-5))

G = 6.67430e-11
masses = [1.98847e30, 5.9722e24, 7.342e22]
o, E, J = gravity(["sun", "earth", "moon"], [LD(G) * LD(m) for m in masses], 3)
case("sun_earth_moon", "SunEarthMoon", o,
     [0, 0, 0, 1.495979e11, 0, 0, 1.499823e11, 0, 0, 0, 0, 0, 0, 2.9784e4, 0, 0, 3.0806e4, 0], 5 * 31557600.0, by=3600,
     E=drift_of(E, 1e-9))


def outer(inner, start):
    """The numbers are read from the gallery file, the equations are not."""
    here = pathlib.Path(__file__).parents[2] / "systems" / "outer_solar_system.sys"
    names = ["sun", "jupiter", "saturn", "uranus", "neptune", "pluto"]
    rows = {}
    for name, numbers in re.findall(r"(\w+):\s+\[([^\]]+)\]", here.read_text(encoding="utf8")):
        rows.setdefault(name, []).append([s.strip() for s in numbers.split(",")])
    r = [si(s, 149597870700) for n in names for s in rows[n][start]]
    v = [si(s, "149597870700/86400") for n in names for s in rows[n][start + 1]]
    gm = ["132712440041.27942", "126712764.1", "37940584.8418", "5794556.4", "6836527.10058", "975.5"]
    numbers = [LD(si(s, 10**9)) for s in gm]
    if inner:
        numbers[0] = LD(si("132713233263.351412", 10**9))  # Sun, Mercury, Venus, Earth and Moon, Mars
    model, E, J = gravity(names, numbers, 3)
    return model, r + v, E, J


for name, inner, start in [("OuterSolarSystem", False, 0), ("HeavySun", True, 0), ("OuterSolarSystemWithMoons", True, 2)]:
    o, start, E, J = outer(inner, start)
    case("outer_solar_system", name, o, start, 36500 * 86400.0, rtol=1e-12, E=drift_of(E, 1e-9), J=drift_of(J, 1e-9))

mass = np.arange(1, 8).astype(LD)


def pleiades(time, q, v):
    x, y = q[:7], q[7:]
    dx, dy = x[None] - x[:, None], y[None] - y[:, None]
    s = dx**2 + dy**2
    np.fill_diagonal(s, 1)
    f = mass[None] / (s * np.sqrt(s))
    return np.concatenate([(f * dx).sum(1), (f * dy).sum(1)])


def pleiades_energy(time, z):
    x, y, u, v = z[:7], z[7:14], z[14:21], z[21:]
    g = mass.astype(float)
    e = 0.5 * np.einsum("i,it->t", g, u**2 + v**2)
    for i in range(7):
        for j in range(i):
            e = e - g[i] * g[j] / np.hypot(x[i] - x[j], y[i] - y[j])
    return e


o = second_order([f"x[{i}]" for i in range(1, 8)] + [f"y[{i}]" for i in range(1, 8)], pleiades)
case("pleiades", "Pleiades", o,
     [3, 3, -1, -3, 2, -2, 2, 3, -3, 2, 0, 0, -4, 4, 0, 0, 0, 0, 0, 1.75, -1.5, 0, 0, 0, -1.25, 1, 0, 0], 3, rtol=1e-12,
     E=drift_of(pleiades_energy, 1e-8), published=at_end(0, 0.3706139143970502, 1e-7))

(x, y), (vx, vy) = coordinates("x y")


def restricted(mu):
    r1, r2 = sqrt((x + mu) ** 2 + y**2), sqrt((x - 1 + mu) ** 2 + y**2)
    return half * ((vx - y) ** 2 + (vy + x) ** 2) + (1 - mu) / r1 + mu / r2, r1, r2


(mu,), P = constants(mu=0.012277471)
L, r1, r2 = restricted(mu)
o = lagrange([x, y], L, P, t)
jacobi = x**2 + y**2 + 2 * (1 - mu) / r1 + 2 * mu / r2 - vx**2 - vy**2
case("arenstorf", "Arenstorf", o, [0.994, 0, 0, -2.00158510637908252240537862224], 17.0652165601579625588917206249,
     rtol=1e-13, jacobi=drift(o, jacobi, 1e-8), back=at_end(0, 0.994, 1e-4))

(mu,), P = constants(mu=9.537e-4)
r1, r2 = sqrt((x + mu) ** 2 + y**2), sqrt((x - 1 + mu) ** 2 + y**2)
H = half * (px**2 + py**2) + y * px - x * py - (1 - mu) / r1 - mu / r2
o = hamilton([x, y], [px, py], H, P, t)
x0, y0 = LD("0.5") - LD(9.537e-4), np.sqrt(LD(3)) / 2 + LD("0.002")
near_jupiter = o.evaluate(1 / r2)
case("three_body_restricted", "Trojan", o, [x0, y0, -y0, x0], 200, H=drift(o, H, 1e-8),
     apart=((lambda time, z: np.max(near_jupiter(time, z))), 2))

# Charges, relativity.
X, Y, Z, U, V, W = symbols("X Y Z X_dot Y_dot Z_dot")
(q, m, B), P = constants(q=1.602176634e-19, m=9.1093837e-31, B=1e-3)
o = lagrange([X, Y, Z], half * m * (U**2 + V**2 + W**2) + q * B / 2 * (-Y * U + X * V), P, t,
             columns=["r[1]", "r[2]", "r[3]"])
case("cyclotron", "Cyclotron", o, [0, 0, 0, 1e6, 0, 1e5], 2e-7, speed=near(o, (U**2 + V**2 + W**2) / 1.01e12 - 1, 1e-6))

(q, m, B, E0), P = constants(q=1.602176634e-19, m=9.1093837e-31, B=0.01, E0=1000)
o = lagrange([x, y], half * m * (vx**2 + vy**2) + q * E0 * y - q * B * y * vx, P, t)
wc, d = q * B / m, E0 / B
case("exb_drift", "CrossedFields", o, [0, 0, 0, 0], 2e-8,
     x=near(o, x - d * t + d / wc * sin(wc * t), 1e-11), y=near(o, y - d / wc * (1 - cos(wc * t)), 1e-11),
     E=drift(o, half * m * (vx**2 + vy**2) - q * E0 * y, 1e-7, 0.5 * 9.1093837e-31 * 1e10))

(x,), (v,) = coordinates("x,")
gamma = 1 / sqrt(1 - v**2)
o = lagrange([x], -sqrt(1 - v**2) - half * x**2, {}, t)
case("relativistic_oscillator", "RelativisticOscillator", o, [3, 0], 60, E=drift(o, gamma + half * x**2, 1e-7))


# Chains.
def chain(n, force, mass, columns, ends):
    """Masses in a row, `force(stretch)` in each spring; `ends` walls at both sides."""
    def acceleration(time, q, v):
        full = np.concatenate([[0], q, [0]]) if ends else q
        f = force(np.diff(full))
        return (np.diff(f) if ends else np.diff(np.concatenate([[0], f, [0]]))) / mass

    return second_order(columns, acceleration)


n = 32
o = chain(n, lambda d: LD(50) * d, LD(0.1), [f"u[{i}]" for i in range(1, n + 1)], True)
shape = np.sin(LD("3.14159265358979323846") * 3 * np.arange(1, n + 1) / LD(n + 1))
w3 = 2 * np.sqrt(500) * np.sin(np.pi * 3 / 66)


def chain_energy(time, y, n=32):
    d = np.diff(np.vstack([0 * y[0], y[:n], 0 * y[0]]), axis=0)
    return 0.05 * (y[n:] ** 2).sum(0) + 25 * (d**2).sum(0)


case("spring_chain", "SpringChain", o, list(LD("0.01") * shape) + [0] * n, 10,
     u=((lambda time, y: np.max(np.abs(y[4] - 0.01 * float(shape[4]) * np.cos(w3 * time)))), 1e-8),
     E=drift_of(chain_energy, 1e-7))

n = 31
o = chain(n, lambda d: d + d * d / 4, LD(1), [f"x[{i}]" for i in range(1, n + 1)], True)


def fput_energy(time, y):
    d = np.diff(np.vstack([0 * y[0], y[:31], 0 * y[0]]), axis=0)
    return 0.5 * (y[31:] ** 2).sum(0) + (d**2 / 2 + d**3 / 12).sum(0)


def fput_modes(time, y):
    i = np.arange(1, 32)
    e = []
    for k in (1, 2, 3):
        s = np.sqrt(2 / 32) * np.sin(np.pi * k * i / 32)
        e.append(0.5 * (s @ y[31:]) ** 2 + 2 * np.sin(np.pi * k / 64) ** 2 * (s @ y[:31]) ** 2)
    print("    FPUT modes, largest E1 E2 E3:", [f"{x.max():.4g}" for x in e], "E1 smallest", f"{e[0].min():.4g}")
    return 0.0


case("fput", "FPUT", o, list(np.sin(LD("3.14159265358979323846") * np.arange(1, 32) / LD(32))) + [0] * 31, 1000, by=1,
     E=drift_of(fput_energy, 1e-7), modes=(fput_modes, 1))

def z_toda(i, s, kap=LD(1), c=LD(14)):
    return 2 * (kap * (i - c) - np.sinh(kap) * s)


def soliton(i, s):
    return np.log((1 + np.exp(z_toda(i - 1, s))) / (1 + np.exp(z_toda(i, s))))


def soliton_speed(i, s, beta=np.sinh(LD(1))):
    return 2 * beta / (1 + np.exp(-z_toda(i, s))) - 2 * beta / (1 + np.exp(-z_toda(i - 1, s)))


def toda_rhs(time, y):
    q, p = y[:48], y[48:]
    f = 1 - np.exp(-np.diff(q))
    return np.concatenate([p, np.diff(np.concatenate([[0], f, [0]]))])


def toda_energy(time, y):
    r = np.diff(y[:48], axis=0)
    return 0.5 * (y[48:] ** 2).sum(0) + (np.exp(-r) + r - 1).sum(0)


o = Model([f"q[{k}]" for k in range(1, 49)] + [f"p[{k}]" for k in range(1, 49)], toda_rhs)
i = np.arange(1, 49).astype(LD)
case("toda", "Toda", o, list(soliton(i, LD(0))) + list(soliton_speed(i, LD(0))), 15, H=drift_of(toda_energy, 1e-8),
     q14=((lambda time, y: np.max(np.abs(y[13] - soliton(LD(14), time).astype(float)))), 1e-7),
     q30=((lambda time, y: np.max(np.abs(y[29] - soliton(LD(30), time).astype(float)))), 1e-7))

# Carts, tops, hoops, wheels.
(x, th), (v, w) = coordinates("x θ")
(M, m, l, g, b, c, F), P = constants(M=1, m=0.2, l=0.5, g=9.81, b=0.05, c=0.002, F=3)
L = half * (M + m) * v**2 + m * l * v * w * cos(th) + half * m * l**2 * w**2 + m * g * l * cos(th)
R = half * b * v**2 + half * c * w**2
on = lagrange([x, th], L, P, t, R=R, Q=[F, 0])
off = lagrange([x, th], L, P, t, R=R)
o = Model(on.columns, lambda time, y: (on if time < 1 else off).rhs(time, y))
o.pieces = [(1, on.rhs), (None, off.rhs)]
case("cart_pole", "CartPole", o, [0, deg(20), 0, 0], 15, breaks=(1,))

(ph, th, ps), (wp, wt, ws) = coordinates("φ θ ψ")
(I1, I3, m, l, g), P = constants(I1=1.5e-3, I3=0.8e-3, m=0.3, l=0.06, g=9.81)
T = half * I1 * (wt**2 + wp**2 * sin(th) ** 2) + half * I3 * (ws + wp * cos(th)) ** 2
o = lagrange([ph, th, ps], T - m * g * l * cos(th), P, t)
case("heavy_top", "HeavyTop", o, [0, deg(30), 0, 0, 0, 100], 3, E=drift(o, T + m * g * l * cos(th), 1e-8),
     pφ=drift(o, I1 * wp * sin(th) ** 2 + I3 * (ws + wp * cos(th)) * cos(th), 1e-8),
     pψ=drift(o, I3 * (ws + wp * cos(th)), 1e-8))

a, b, c = symbols("a b c")
o = flow([a, b, c], [b * c / 3 - c * b / 2, c * a - a * c / 3, a * b / 2 - b * a], {}, t, ["Π[1]", "Π[2]", "Π[3]"])
case("rigid_body", "RigidBody", o, [0.01, 4, 0.01], 60, H=drift(o, a**2 + b**2 / 2 + c**2 / 3, 1e-8))

(th,), (w,) = coordinates("θ,")
(m, R_, g, W), P = constants(m=0.1, R=0.5, g=9.81, W=6)
o = lagrange([th], half * m * R_**2 * (w**2 + W**2 * sin(th) ** 2) + m * g * R_ * cos(th), P, t)
case("bead_on_hoop", "BeadOnHoop", o, [deg(20), 0], 20,
     h=drift(o, half * m * R_**2 * w**2 - half * m * R_**2 * W**2 * sin(th) ** 2 - m * g * R_ * cos(th), 1e-8),
     low=((lambda time, y: 0.34 / np.min(y[0])), 1),
     high=((lambda time, y: np.arccos(9.81 / 18) / np.max(y[0])), 1))

(x, y), (vx, vy) = coordinates("x y")
(l, g, m, a, W), P = constants(l=67, g=9.81, m=28, a=3, W=LD(7.292115e-5) * np.sin(LD(deg(48.846))))
o = lagrange([x, y], half * m * ((vx - W * y) ** 2 + (vy + W * x) ** 2) - half * m * g / l * (x**2 + y**2), P, t)
w = sqrt(g / l)
case("foucault", "Foucault", o, [3, 0, 0, 0], 7200, rtol=1e-11, by=1,
     x=near(o, x - a * (cos(W * t) * cos(w * t) + W / w * sin(W * t) * sin(w * t)), 1e-5),
     y=near(o, y - a * (-sin(W * t) * cos(w * t) + W / w * cos(W * t) * sin(w * t)), 1e-5),
     Lz=drift(o, m * (x * (vy + W * x) - y * (vx - W * y)), 1e-4))

(x,), (v,) = coordinates("x,")
(al, be, de, w, ga), P = constants(al=-1, be=1, de=0.3, w=1.2, ga=0.37)
o = lagrange([x], half * v**2 - half * al * x**2 - be * x**4 / 4 + ga * x * cos(w * t), P, t, R=half * de * v**2)
case("duffing", "Duffing", o, [1, 0], 400, x=below(0, 2))
o = second_order(["x"], lambda time, q, v: (1 - q**2) * v - q)
case("van_der_pol", "VanDerPol", o, [LD("0.01"), 0], 60, by=0.02,
     amplitude=((lambda time, y: abs(np.max(np.abs(y[0])) / 2.00862 - 1)), 1e-4))
x, y, z = symbols("x y z")
(s, b, r), P = constants(s=10, b=LD(8) / 3, r=28)
o = flow([x, y, z], [s * (y - x), x * (r - z) - y, x * y - b * z], P, t)
case("lorenz", "Lorenz", o, [0, 1, 0], 15, rtol=1e-12, x=below(0, 20), z=below(2, 50))
(a, b, c), P = constants(a=0.2, b=0.2, c=5.7)
o = flow([x, y, z], [-y - z, x + a * y, b + z * (x - c)], P, t)
case("rossler", "Rossler", o, [1, 1, 0], 80, rtol=1e-12, x=below(0, 13), z=((lambda time, y: -np.min(y[2])), 1e-12))
u, v = symbols("u v")
o = flow([u, v], [u * (v - 2), v * (1 - u)], {}, t)
case("lotka_volterra", "LotkaVolterra", o, [4, 2], 30, I=drift(o, log(u) - u + 2 * log(v) - v, 1e-7))

(x, y), (vx, vy) = coordinates("x y")
(m, ga, k), P = constants(m=1, ga=0.3, k=4)
damped = lagrange([x], half * m * vx**2 - half * k * x**2, P, t, R=half * ga * vx**2)
case("morse_feshbach", "Damped", damped, [1, 0], 20)
o = lagrange([x, y], m * vx * vy + ga / 2 * (x * vy - vx * y) - k * x * y, P, t)
case("morse_feshbach", "MorseFeshbach", o, [1, 1, 0, 0], 20, H=drift(o, m * vx * vy + k * x * y, 1e-7))
twice = Model(["x", "mirror.x", "x'", "mirror.x'"], o.rhs)
case("morse_feshbach", "Doubled", twice, [1, 1, 0, 0], 20)

(r, th), (vr, w) = coordinates("r θ")
(m, mu, g), P = constants(m=1, mu=3, g=9.81)
T = half * m * (1 + mu) * vr**2 + half * m * r**2 * w**2
Vp = m * g * r * (mu - cos(th))
o = lagrange([r, th], T - Vp, P, t)
I = r**2 * w * (vr * cos(th / 2) - half * r * w * sin(th / 2)) + g * r**2 * sin(th / 2) * cos(th / 2) ** 2
case("swinging_atwood", "SwingingAtwood", o, [1, deg(90), 0, 0.5], 20, E=drift(o, T + Vp, 1e-8), I=drift(o, I, 1e-6))

X1, Y1, X2, Y2 = q = list(symbols("X1 Y1 X2 Y2"))
U1, V1, U2, V2 = [velocity(s) for s in q]
(m1, m2, k1, k2, l1, l2, g), P = constants(m1=1, m2=0.5, k1=80, k2=60, l1=0.6, l2=0.5, g=9.81)
T = half * m1 * (U1**2 + V1**2) + half * m2 * (U2**2 + V2**2)
pot = m1 * g * Y1 + m2 * g * Y2 + half * k1 * (sqrt(X1**2 + Y1**2) - l1) ** 2 + half * k2 * (
    sqrt((X2 - X1) ** 2 + (Y2 - Y1) ** 2) - l2) ** 2
o = lagrange(q, T - pot, P, t, columns=["r1[1]", "r1[2]", "r2[1]", "r2[2]"])
case("double_spring", "DoubleSpring", o, [0.3, -0.6, 0.5, -1.1, 0, 0, 0, 0], 10, E=drift(o, T + pot, 1e-8))

(th,), (w,) = coordinates("θ,")
(m, l, g, a, W), P = constants(m=0.1, l=0.3, g=9.81, a=0.02, W=200)
L = half * m * ((l * w * cos(th)) ** 2 + (-a * W * sin(W * t) - l * w * sin(th)) ** 2) - m * g * l * cos(th)
o = lagrange([th], L, P, t)
case("kapitza", "Kapitza", o, [deg(20), 0], 5, by=0.002, θ=below(0, 0.5))

(ph,), (w,) = coordinates("φ,")
(m, a, e, I, g), P = constants(m=1, a=0.2, e=0.12, I=0.015, g=9.81)
T = half * m * ((a - e * cos(ph)) ** 2 + e**2 * sin(ph) ** 2) * w**2 + half * I * w**2
o = lagrange([ph], T + m * g * e * cos(ph), P, t)
case("rolling_pendulum", "RollingPendulum", o, [0, 15], 10, E=drift(o, T - m * g * e * cos(ph) + m * g * a, 1e-7),
     on=((lambda time, y: -np.min(y[1])), 0))
