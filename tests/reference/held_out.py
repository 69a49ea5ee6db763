"""The systems of tests/held_out, written down again by hand; see solve.py."""
import numpy as np
import sympy as sp
from sympy import cos, log, sin, sqrt, symbols
from solve import LD, Model, constants, deg, flow, gauss, half, hamilton, lagrange, second_order, si, velocity
from gallery import at_end, coordinates, drift, drift_of, gravity, near

t = sp.Symbol("t")
CASES = []
PI = LD("3.14159265358979323846264338")


def case(stem, system, model, start, end, breaks=(), rtol=1e-12, by=None, **checks):
    CASES.append(dict(stem=stem, system=system, model=model, start=start, end=end, breaks=breaks, rtol=rtol,
                      by=by or end / 1000, checks=checks))


def pieces(models, ends, columns):
    """One vector field per span; the last span ends with the run."""
    o = Model(columns, models[0].rhs)
    o.pieces = [(e, m.rhs) for e, m in zip(ends, models)]
    return o


# Spherical and spring pendula.
th, ph, pt, pp = symbols("θ φ pθ pφ")
(m, l, g), P = constants(m=0.7, l=1.3, g=9.81)
H = pt**2 / (2 * m * l**2) + pp**2 / (2 * m * l**2 * sin(th) ** 2) - m * g * l * cos(th)
o = hamilton([th, ph], [pt, pp], H, P, t)
case("spherical_pendulum_momenta", "SphericalPendulumMomenta", o, [deg(100), deg(10), 0.5, 1.5], 20,
     H=drift(o, H, 1e-9, 0.7 * 1.3 * 9.81))

(a, b), (va, vb) = coordinates("α β")
(m, l, g, A, W, c), P = constants(m=0.4, l=0.8, g=9.81, A=0.15, W=2, c=0.03)
bob = sp.Matrix([A * cos(W * t) + l * sin(a), A * sin(W * t) + l * cos(a) * sin(b), -l * cos(a) * cos(b)])
speed = bob.diff(a) * va + bob.diff(b) * vb + bob.diff(t)
Q = [-c * (bob.diff(s).T * speed)[0] for s in (a, b)]
o = lagrange([a, b], half * m * (speed.T * speed)[0] - m * g * bob[2], P, t, Q=Q)
case("spherical_pendulum_moving_pivot", "MovingPivot", o, [0.3, deg(-20), 0, 1], 15)

G3 = np.array([0, 0, LD("-9.81")], dtype=LD)
wind = np.array([LD("0.5"), 0, 0], dtype=LD)


def spring_space(time, r, v):
    n = np.sqrt(r @ r)
    return G3 - LD(12) / LD(0.25) * (n - LD(0.4)) * r / n - LD(0.02) / LD(0.25) * (v - wind)


case("spring_pendulum_space", "SpringPendulumSpace", second_order(["r[1]", "r[2]", "r[3]"], spring_space),
     [0.3, 0.1, -0.5, 0, 0.6, 0], 12)

(r, th), (vr, w) = coordinates("r θ")
(m, k, l0, g, qB), P = constants(m=0.1, k=8, l0=1, g=9.81, qB=0.35)
pot = half * k * (r - l0) ** 2 - m * g * r * cos(th)
o = lagrange([r, th], half * m * (vr**2 + r**2 * w**2) + half * qB * r**2 * w - pot, P, t)
case("spring_pendulum_polar", "ChargedSpringPendulum", o, [1.2, 0.9, 0, -0.4], 25,
     h=drift(o, half * m * (vr**2 + r**2 * w**2) + pot, 1e-9))

(a, b), (va, vb) = coordinates("a b")
(l1, m1, l2, m2, g, k, d, c), P = constants(l1=0.8, m1=1.5, l2=1.1, m2=1, g=9.81, k=5, d=0.4, c=0.05)
dx, dy = l2 * sin(b) + d - l1 * sin(a), -l2 * cos(b) + l1 * cos(a)
pot = -m1 * g * l1 * cos(a) - m2 * g * l2 * cos(b) + half * k * (sqrt(dx**2 + dy**2) - d) ** 2
o = lagrange([a, b], half * m1 * l1**2 * va**2 + half * m2 * l2**2 * vb**2 - pot, P, t, R=half * c * (va - vb) ** 2,
             columns=["a.θ", "b.θ"])
case("spring_and_swing", "SpringAndSwing", o, [deg(40), deg(-25), 0, 0.3], 18)

# Tops.
ph, th, ps, pf, pt, pp = symbols("φ θ ψ pφ pθ pψ")
(I1, I3, mgl), P = constants(I1=0.02, I3=0.013, mgl=0.9)
H = pt**2 / (2 * I1) + (pf - pp * cos(th)) ** 2 / (2 * I1 * sin(th) ** 2) + pp**2 / (2 * I3) + mgl * cos(th)
o = hamilton([ph, th, ps], [pf, pt, pp], H, P, t)
case("top_momenta", "TopMomenta", o, [0, 0.6, 0, 0.45, 0, 0.5], 4, H=drift(o, H, 1e-9))

(ph, th, ps), (wp, wt, ws) = coordinates("φ θ ψ")
(A, B, C, mgl, c, Mo), P = constants(A=1.1e-3, B=1.4e-3, C=0.9e-3, mgl=0.12, c=4e-5, Mo=0.004)
w1, w2, w3 = wp * sin(th) * sin(ps) + wt * cos(ps), wp * sin(th) * cos(ps) - wt * sin(ps), wp * cos(th) + ws
L = half * (A * w1**2 + B * w2**2 + C * w3**2) - mgl * cos(th)
on = lagrange([ph, th, ps], L, P, t, R=half * c * ws**2, Q=[0, 0, Mo])
off = lagrange([ph, th, ps], L, P, t, R=half * c * ws**2)
case("top_with_brake", "BrakedTop", pieces([on, off], [0.5, None], on.columns),
     [0, deg(40), 0, 2, 0, float(30 * sp.pi)], 1.5)


def kowalevski(time, y):
    M, Gm = y[:3], y[3:]
    w = M / np.array([2, 2, 1], dtype=LD)
    chi = np.array([1, 0, 0], dtype=LD)
    return np.concatenate([np.cross(M, w) + np.cross(chi, Gm), np.cross(Gm, w)])


def kowalevski_invariant(time, y):
    w1, w2 = y[0] / 2, y[1] / 2
    return (w1**2 - w2**2 + y[3]) ** 2 + (2 * w1 * w2 + y[4]) ** 2


o = Model([f"M[{i}]" for i in (1, 2, 3)] + [f"Γ[{i}]" for i in (1, 2, 3)], kowalevski)
case("top_in_body_frame", "Kowalevski", o, [1.2, -0.4, 0.8, 0.6, 0, 0.8], 20, K=drift_of(kowalevski_invariant, 1e-8))

x, y, z = symbols("x y z")
H = half * ((x - sp.Float("0.3", 30)) ** 2 / 2 + y**2 / 3 + (z - sp.Float("0.1", 30)) ** 2 / 5)
g1, g2, g3 = (sp.diff(H, s) for s in (x, y, z))
o = flow([x, y, z], [y * g3 - z * g2, z * g1 - x * g3, x * g2 - y * g1], {}, t, ["Π[1]", "Π[2]", "Π[3]"])
case("rigid_body_rotor", "Gyrostat", o, [0.4, 1.1, -0.9], 40, rtol=1e-11, C=drift(o, x**2 + y**2 + z**2, 1e-8))

# Lattices and clusters.
kap, lam = LD(0.6), LD(0.25)


def phi4(time, y):
    u, p = y[:24], y[24:]
    return np.concatenate([p, kap * (np.roll(u, -1) - 2 * u + np.roll(u, 1)) - 4 * lam * u * (u * u - 1)])


def phi4_energy(time, y):
    u, p = y[:24], y[24:]
    return (0.5 * p**2 + 0.3 * (np.roll(u, -1, axis=0) - u) ** 2 + 0.25 * (u**2 - 1) ** 2).sum(0)


i = np.arange(1, 25).astype(LD)
o = Model([f"u[{k}]" for k in range(1, 25)] + [f"p[{k}]" for k in range(1, 25)], phi4)
case("lattice_phi4", "LatticePhi4", o,
     list(np.tanh((i - LD(6.5)) / 2) - np.tanh((i - LD(18.5)) / 2) - 1) + list(LD(0.1) * np.cos(2 * PI * i / 24)), 20,
     H=drift_of(phi4_energy, 1e-9))

masses = np.full(25, LD("0.05"))
masses[12] = LD("0.5")


def membrane(time, w, v):
    f = lambda d: 3 * d + LD(0.8) * d**3
    u = np.zeros((7, 7), dtype=LD)
    u[1:6, 1:6] = w.reshape(5, 5)
    across, down = f(np.diff(u, axis=1)), f(np.diff(u, axis=0))
    force = (across[1:6, 1:] - across[1:6, :-1]) + (down[1:, 1:6] - down[:-1, 1:6])
    return force.ravel() / masses


k = np.arange(1, 26).astype(LD)
case("lattice_square", "Membrane", second_order([f"w[{j}]" for j in range(1, 26)], membrane),
     list(LD(0.3) * np.sin(LD(0.7) * k)) + [0] * 25, 6)

heavy = np.array([1, 1, 1, 1, 3], dtype=LD)


def lennard_jones(time, q, v):
    r = q.reshape(5, 3)
    d = r[None] - r[:, None]
    s = np.sum(d * d, axis=2)
    np.fill_diagonal(s, 1)
    six = 1 / s**3
    f = 24 * (2 * six * six - six) / s
    np.fill_diagonal(f, 0)
    return (-np.einsum("ij,ijk->ik", f, d) / heavy[:, None]).ravel()


o = second_order([f"r[{b}][{k}]" for b in ["a", "b", "c", "d", "heavy"] for k in (1, 2, 3)], lennard_jones)
case("cluster", "Cluster", o,
     [0, 0, 0, 1.15, 0, 0, 0.5, 1, 0, 0.5, 0.35, 0.95, 0.6, 0.3, -0.95,
      0.1, 0, 0, 0, -0.2, 0.1, 0, 0.1, 0, -0.1, 0, 0.2, 0, 0, -0.1], 8)


# Driven and damped multibody chains.
def torsion(time, q, v):
    f = LD(0.05) * np.diff(q)
    torque = np.diff(np.concatenate([[0], f, [0]])) - LD(0.02) * np.sin(q) - LD(2e-4) * v
    torque[0] += LD(0.06) * np.sin(3 * time)
    return torque / LD(2e-3)


case("driven_torsion_chain", "TorsionChain", second_order([f"θ[{k}]" for k in range(1, 13)], torsion), [0] * 24, 12)

lm, ll = np.array([1, LD(0.8), LD(0.6), LD(0.4)], dtype=LD), np.array([LD(0.5), LD(0.4), LD(0.3), LD(0.2)], dtype=LD)
tail = np.cumsum(lm[::-1])[::-1]
mu = tail[np.maximum.outer(np.arange(4), np.arange(4))] * np.outer(ll, ll)


def windy(time, q, v):
    d = q[:, None] - q[None, :]
    f = -(mu * np.sin(d)) @ v**2 - LD(9.81) * tail * ll * np.sin(q)
    rel = np.diff(v, prepend=0)
    f -= LD(0.03) * rel
    f[:-1] += LD(0.03) * rel[1:]
    f += LD(1.5) * (1 + np.sin(2 * time)) * ll * np.cos(q)
    return gauss(mu * np.cos(d), f)


case("link_chain_in_wind", "LinkChain", second_order([f"θ[{k}]" for k in range(1, 5)], windy),
     [LD("0.2"), LD("0.1"), 0, LD("-0.1"), 0, 0, 0, 0], 10)

# Potentials that depend on velocity.
(x, y), (vx, vy) = coordinates("x y")
(c,), P = constants(c=3)
r = sqrt(x**2 + y**2)
vr = (x * vx + y * vy) / r
o = lagrange([x, y], half * (vx**2 + vy**2) + (1 + vr**2 / (2 * c**2)) / r, P, t)
case("weber_orbit", "Weber", o, [1, 0, 0.1, 0.9], 30,
     E=drift(o, half * (vx**2 + vy**2) - (1 - vr**2 / (2 * c**2)) / r, 1e-9), ang=drift(o, x * vy - y * vx, 1e-9))

Re = LD(6371200)
moment = np.array([0, 0, -LD(3.12e-5) * Re**3], dtype=LD)
ratio = LD(1.602176634e-19) / LD(1.67262192595e-27)


def dipole(time, r, v):
    n = np.sqrt(r @ r)
    B = 3 * (moment @ r) * r / n**5 - moment / n**3
    return ratio * np.cross(v, B)


case("magnetic_dipole", "DipoleTrap", second_order(["r[1]", "r[2]", "r[3]"], dipole), [4 * Re, 0, 0, 0, 1.5e7, 2e7], 3,
     speed=drift_of(lambda time, y: np.sqrt((y[3:] ** 2).sum(0)), 1e-8))

au = 149597870700.0
o, E, J = gravity(["sun", "satellite"], [LD(6.67430e-11) * LD(1.98847e30), LD(6.67430e-11)], 3)
case("sun_and_satellite", "SunAndSatellite", o,
     [0, 0, 0, si("0.7", 149597870700), 0, si("0.1", 149597870700), 0, 0, 0, 0, 38000, 5000], 2 * 31557600.0)

# Newton's, first-order and implicit forms.
spin, air = np.array([0, 5, 60], dtype=LD), np.array([-2, 1, 0], dtype=LD)


def shell(time, r, v):
    u = v - air
    return G3 - LD(3.5e-3) / LD(0.43) * np.sqrt(u @ u) * u + LD(1.2e-3) / LD(0.43) * np.cross(spin, u)


case("shell_with_drag", "Shell", second_order(["r[1]", "r[2]", "r[3]"], shell), [0, 0, 0.1, 25, 0, 12], 2.5)

x, y = symbols("x y")
o = flow([x, y], [x * y * (sp.Rational(1, 3) - 1 / y), -x * y * (half - 1 / x)], {}, t)
case("predators_by_bracket", "Predators", o, [3, 1], 25, rtol=1e-11, H=drift(o, x / 2 - log(x) + y / 3 - log(y), 1e-8))


def cart(time, q, v):
    M, m, l, g, b = 1, LD(0.3), LD(0.7), LD(9.81), LD(0.1)
    s, c = np.sin(q[1]), np.cos(q[1])
    a = np.array([[M + m, m * l * c], [m * l * c, m * l * l]], dtype=LD)
    return gauss(a, np.array([m * l * v[1] ** 2 * s - b * v[0], -m * g * l * s], dtype=LD))


case("cart_pole_equations", "CartPoleEquations", second_order(["x", "θ"], cart), [0, 2, 0.5, 0], 12)

q, p = symbols("q p")
(m, l, g, c, F), P = constants(m=2, l=0.6, g=9.81, c=0.2, F=4)
H = p**2 / (2 * m * l**2) - m * g * l * cos(q)
parts = [hamilton([q], [p], H, P, t, R=half * c * velocity(q) ** 2, Q=[f]) for f in (F * t / 3, F, -F / 2)]
case("driven_hamiltonian", "DrivenHamiltonian", pieces(parts, [3, 6, None], ["q", "p"]), [0, 0], 10)

(rho, s), P = constants(rho=0.08, s=0.02)
o = hamilton([q], [p], half * p**2 + half * q**2 + q**4 / 4, P, t, D=-rho / 2 * (q**2 + p**2) + s * q * p)
case("irrotational_oscillator", "IrrotationalOscillator", o, [1.5, -0.4], 20)

# Extended, overridden, doubled, transformed.
(th,), (w,) = coordinates("θ,")


def bob(m, l, g, c, shaken, start, name):
    (m, l, g, c, F), P = constants(m=m, l=l, g=g, c=c, F=0.8)
    Q = [F * cos(4 * t) * l * cos(th)] if shaken else None
    o = lagrange([th], half * m * l**2 * w**2 + m * g * l * cos(th), P, t, R=half * c * w**2, Q=Q)
    case("extended_pendulum", name, o, start, 10)


bob(0.5, 0.9, 9.81, 0, False, [1, 0], "Plain")
bob(0.5, 0.9, 9.81, 0.05, True, [deg(-30), 2], "Damped")
bob(0.5, 2, 1.62, 0.05, True, [deg(-30), 2], "Long")

n = 6
Mm = np.array([[LD(2) if i == j else 1 / LD(1 + abs(i - j)) for j in range(n)] for i in range(n)], dtype=LD)
Kk = np.array([[2 if i == j else -1 if abs(i - j) == 1 else 0 for j in range(n)] for i in range(n)], dtype=LD)


def matrices(time, q, v):
    f = -(Kk @ q) - LD(0.4) * q**3 - LD(0.02) * (Kk @ v)
    f[1] += np.sin(time)
    return gauss(Mm, f)


case("matrices", "Matrices", second_order([f"q[{k}]" for k in range(1, 7)], matrices), [0] * 4 + [1] + [0] * 7, 15)

(x, y), (vx, vy) = coordinates("x y")
(m, k, e, c), P = constants(m=1.2, k=2, e=0.5, c=0.2)
L = half * m * (1 + sp.Rational(3, 10) * x**2) * vx**2 - half * k * x**2 - e * x**4 / 4
hard = lagrange([x], L, P, t)
case("doubled", "Hard", hard, [1.1, 0.2], 10)
case("doubled", "Soft", lagrange([x], L, P, t, R=half * c * vx**2), [1.1, 0.2], 10)
twice = vy * sp.diff(L, vx) + y * sp.diff(L, x) - y * c * vx
case("doubled", "Twice", lagrange([x, y], twice, P, t, columns=["x", "mirror.x"]), [1.1, 1.1, 0.2, 0.2], 10)
case("legendre", "Hard", hard, [1.1, 0.2], 10)
case("legendre", "Canonical", Model(["x", "x'"], hard.rhs), [1.1, 0.2], 10)

r = symbols("r1 r2 r3")
p = symbols("p1 p2 p3")
A = [0, sp.Rational(4, 5) * r[0] / (1 + (r[0] ** 2 + r[1] ** 2 + r[2] ** 2) / 10), 0]
kin = [a + b for a, b in zip(p, A)]
H = sqrt(1 + sum(s**2 for s in kin)) + r[0] / 5
o = hamilton(r, p, H, {}, t, columns=[f"r[{i}]" for i in (1, 2, 3)] + [f"p[{i}]" for i in (1, 2, 3)])
case("relativistic_charge", "RelativisticCharge", o, [0.5, 0, 0, 0.3, -0.5, 0.2], 30, H=drift(o, H, 1e-9))

# Twenty links with a shaken top: the frame of the top is accelerated by -a Ω² cos Ωt along x.
i = np.arange(1, 21).astype(LD)
cm, cl = LD(0.1) * (1 + np.sin(i) / 2), LD(0.08) * (1 + 1 / (i + 1))
ct = np.cumsum(cm[::-1])[::-1]
cmu = ct[np.maximum.outer(np.arange(20), np.arange(20))] * np.outer(cl, cl)


def long_chain(time, q, v):
    d = q[:, None] - q[None, :]
    f = -(cmu * np.sin(d)) @ v**2 - LD(9.81) * ct * cl * np.sin(q)
    f += LD(0.01) * 81 * np.cos(9 * time) * ct * cl * np.cos(q)
    rel = np.diff(v, prepend=0)
    f -= LD(5e-4) * rel
    f[:-1] += LD(5e-4) * rel[1:]
    return gauss(cmu * np.cos(d), f)


case("long_chain", "LongChain", second_order([f"θ[{k}]" for k in range(1, 21)], long_chain),
     list(np.cos(i / 4) / 2) + list(LD(0.1) * i), 4)
