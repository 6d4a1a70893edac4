"""hist.py TYPE BANDS IN.img STATS.json: percentiles of raw samples by numpy, against those of `rasterctl stats`."""
import json
import sys

import numpy as np

TYPES = {"u8": "u1", "i8": "i1", "u16": "u2", "i16": "i2", "u32": "u4", "i32": "i4", "u64": "u8", "i64": "i8",
         "f32": "f4", "f64": "f8"}

samples = np.fromfile(sys.argv[3], TYPES[sys.argv[1]]).reshape(-1, int(sys.argv[2])).astype(np.float64)
with open(sys.argv[4], encoding="utf-8") as file:
    bands = json.load(file)["bands"]
for band in bands:
    for ours in band["percentiles"]:
        theirs = np.percentile(samples[:, band["band"] - 1], ours["percent"])
        if abs(ours["value"] - theirs) > 1e-12 * abs(theirs):
            print(f"band {band['band']}, percentile {ours['percent']}: {ours['value']}, and {theirs} by numpy")
