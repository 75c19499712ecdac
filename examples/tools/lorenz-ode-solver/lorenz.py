"""The Lorenz equations, one Runge-Kutta step after the other.

Plain floats are quicker here than numpy: each step works on three numbers only.
"""

import math
from dataclasses import dataclass

START = (1.0, 1.0, 1.0)


class Diverged(Exception):
    """The solution left the range of numbers, which means that the steps were too wide."""


@dataclass
class Solution:
    step: float
    path: list  # (x, y, z) at every step, START first
    exponent: float  # largest Lyapunov exponent, per unit of time


def solve(sigma, rho, beta, t_end, steps):
    """Solves from 0 to t_end, and carries a tangent vector along for the Lyapunov exponent.

    The tangent follows the same Runge-Kutta stages as the point. It is brought back to length 1 after each step,
    and the logarithms of what it had grown to add up to the exponent (Benettin et al., Meccanica 15, 1980). The first
    fifth of the time is left out: until then the path is still on its way to the attractor.
    """
    h = t_end / steps
    half, sixth = h / 2.0, h / 6.0
    x, y, z = START
    u, v, w = 1.0, 0.0, 0.0
    settled = steps // 5
    grown = 0.0
    path = [START]
    for step in range(steps):
        # 1st stage
        ax, ay, az = sigma * (y - x), x * (rho - z) - y, x * y - beta * z
        au, av, aw = sigma * (v - u), u * (rho - z) - x * w - v, u * y + x * v - beta * w
        # 2nd stage
        px, py, pz = x + half * ax, y + half * ay, z + half * az
        pu, pv, pw = u + half * au, v + half * av, w + half * aw
        bx, by, bz = sigma * (py - px), px * (rho - pz) - py, px * py - beta * pz
        bu, bv, bw = sigma * (pv - pu), pu * (rho - pz) - px * pw - pv, pu * py + px * pv - beta * pw
        # 3rd stage
        px, py, pz = x + half * bx, y + half * by, z + half * bz
        pu, pv, pw = u + half * bu, v + half * bv, w + half * bw
        cx, cy, cz = sigma * (py - px), px * (rho - pz) - py, px * py - beta * pz
        cu, cv, cw = sigma * (pv - pu), pu * (rho - pz) - px * pw - pv, pu * py + px * pv - beta * pw
        # 4th stage
        px, py, pz = x + h * cx, y + h * cy, z + h * cz
        pu, pv, pw = u + h * cu, v + h * cv, w + h * cw
        dx, dy, dz = sigma * (py - px), px * (rho - pz) - py, px * py - beta * pz
        du, dv, dw = sigma * (pv - pu), pu * (rho - pz) - px * pw - pv, pu * py + px * pv - beta * pw

        x += sixth * (ax + 2.0 * (bx + cx) + dx)
        y += sixth * (ay + 2.0 * (by + cy) + dy)
        z += sixth * (az + 2.0 * (bz + cz) + dz)
        if not abs(x) + abs(y) + abs(z) < 1e100:
            raise Diverged(f"The solution left the range of numbers at t = {h * (step + 1):.4g}: take more steps.")
        path.append((x, y, z))

        u += sixth * (au + 2.0 * (bu + cu) + du)
        v += sixth * (av + 2.0 * (bv + cv) + dv)
        w += sixth * (aw + 2.0 * (bw + cw) + dw)
        length = math.sqrt(u * u + v * v + w * w)
        u, v, w = u / length, v / length, w / length
        if step >= settled:
            grown += math.log(length)
    return Solution(step=h, path=path, exponent=grown / (h * (steps - settled)))
