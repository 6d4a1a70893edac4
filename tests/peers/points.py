"""points.py NAME TYPE BANDS IN.img [SECOND.img] OUT.img: samples one by one, by numpy in double, rounded to nearest with
ties to even and saturated."""
import sys

import numpy as np

TYPES = {"u8": "u1", "i16": "i2", "u16": "u2", "f32": "f4"}
name, kind, bands, *files = sys.argv[1:]
images = [np.fromfile(file, TYPES[kind]).astype(np.float64).reshape(-1, int(bands)) for file in files[:-1]]
first, second = images[0], images[-1]
top = 1.0 if kind == "f32" else float(np.iinfo(TYPES[kind]).max)


def scaled():
    low, high = np.percentile(first, (2, 98), axis=0)
    least = 0.0 if kind == "f32" else float(np.iinfo(TYPES[kind]).min)
    return np.clip((first - low) / (high - low), 0, 1) * (top - least) + least


def decoded(v):
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def encoded(v):
    return np.where(v <= 0.0031308, v * 12.92, 1.055 * v ** (1 / 2.4) - 0.055)


OPERATIONS = {
    "gamma": lambda: np.clip(first / top, 0, None) ** 0.6 * top,
    "clamp": lambda: np.clip(first, top / 4, top / 2),
    "linear": lambda: first * 1.25 - 3,
    "scale": scaled,
    "blend": lambda: first + 0.3 * (second - first),
    "mask": lambda: np.where(second != 0, first, 5),
    "linear2srgb": lambda: encoded(first / top) * top,
    "srgb2linear": lambda: decoded(first / top) * top,
}
with np.errstate(divide="ignore", invalid="ignore"):
    result = OPERATIONS[name]()
if kind != "f32":
    limits = np.iinfo(TYPES[kind])
    result = np.clip(np.rint(result), limits.min, limits.max)
result.astype(TYPES[kind]).tofile(files[-1])
