"""counts.py BANDS VIPS.img HIST.json: the histogram that vips finds, 32-bit counts, against that of `rasterctl hist`."""
import array
import json
import sys

bands = int(sys.argv[1])
theirs = array.array("I")
with open(sys.argv[2], "rb") as file:
    theirs.frombytes(file.read())
with open(sys.argv[3], encoding="utf-8") as file:
    for band in json.load(file)["bands"]:
        if list(theirs[band["band"] - 1 :: bands]) != band["counts"]:
            print(f"band {band['band']}: other counts")
