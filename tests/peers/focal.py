"""focal.py STAT WIDTH HEIGHT TYPE COLUMNS ROWS BANDS IN OUT: a statistic of windows by numpy, in double, borders
replicated. focal.py reclassify 0 0 TYPE COLUMNS ROWS BANDS IN OUT: what focal.sh's map makes."""
import sys

import numpy as np


def entropy(windows):
    ordered = np.sort(windows, axis=-1)
    n = ordered.shape[-1]
    ends = np.ones(ordered.shape, bool)
    ends[..., :-1] = ordered[..., 1:] != ordered[..., :-1]
    places = np.where(ends, np.arange(1, n + 1), 0)
    counts = np.diff(np.sort(places, axis=-1), axis=-1, prepend=0)
    shares = np.where(counts > 0, counts, n) / n
    return -(shares * np.log2(shares)).sum(axis=-1)


STATS = {"mean": lambda w: w.mean(axis=-1), "sum": lambda w: w.sum(axis=-1), "min": lambda w: w.min(axis=-1),
         "max": lambda w: w.max(axis=-1), "range": lambda w: w.max(axis=-1) - w.min(axis=-1),
         "stddev": lambda w: w.std(axis=-1), "variance": lambda w: w.var(axis=-1), "entropy": entropy}


def main():
    stat, width, height, kind, columns, rows, bands, source, target = sys.argv[1:]
    width, height, columns, rows, bands = (int(text) for text in (width, height, columns, rows, bands))
    image = np.fromfile(source, kind).reshape(rows, columns, bands)
    if stat == "reclassify":
        result = np.select([image < 0, image < 10, image == 77, (image >= 100) & (image < 200)], [1, 2, 3, 4], 5)
    else:
        padded = np.pad(image.astype(float), ((height // 2,) * 2, (width // 2,) * 2, (0, 0)), mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(0, 1))
        result = STATS[stat](windows.reshape(rows, columns, bands, height * width))
    result.astype(float).tofile(target)


def compare():
    """focal.py compare SCALE WANTED GOT: says by how much they differ where that is more than roundings."""
    scale, wanted, got = float(sys.argv[2]), np.fromfile(sys.argv[3]), np.fromfile(sys.argv[4])
    apart = np.abs(wanted - got).max()
    if wanted.shape != got.shape or not apart <= scale:
        print(f"differ by up to {apart}")


if sys.argv[1] == "compare":
    compare()
else:
    main()
