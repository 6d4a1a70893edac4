"""calc.py EXPRESSION UNITS OURS A TYPE B TYPE: evaluates numpy's expression over the samples of two raw files of 331
columns, as doubles A and B, beside the columns X and rows Y, and says where OURS, doubles too, differs by more units in
the last place than that."""
import sys

import numpy as np


def main():
    expression, units, ours = sys.argv[1:4]
    a, b = (np.fromfile(path, dtype).astype(float) for path, dtype in (sys.argv[4:6], sys.argv[6:8]))
    names = {"np": np, "A": a, "B": b, "X": np.arange(a.size) % 331, "Y": np.arange(a.size) // 331}
    with np.errstate(all="ignore"):
        wanted = np.asarray(eval(expression, names), float)  # pylint: disable=eval-used
        got = np.fromfile(ours, float)
        off = ~(np.isnan(wanted) & np.isnan(got)) & (wanted != got) \
            & ~(np.abs(wanted - got) <= int(units) * np.spacing(np.abs(wanted)))
    if off.any():
        at = int(np.argmax(off))
        print(f"{int(off.sum())} samples differ: {got[at]!r} instead of {wanted[at]!r} of {a[at]!r} and {b[at]!r}")


main()
