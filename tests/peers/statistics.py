"""statistics.py gdal OURS.json THEIRS.json: holds what `rasterctl stats --json` tells against `gdalinfo -json -stats`.
statistics.py vips OURS.json THEIRS.csv: against `vips stats`, whose deviation is divided by one sample less. Says what
differs by more than the digits that they print, of the largest sample, or 6 of a deviation, which vips takes from the
difference of large sums."""
import csv
import json
import math
import sys


def of_gdal(path):
    for band in json.load(open(path, encoding="utf-8"))["bands"]:
        told = band["metadata"][""]
        yield {"min": float(told["STATISTICS_MINIMUM"]), "max": float(told["STATISTICS_MAXIMUM"]),
               "mean": float(told["STATISTICS_MEAN"]), "stddev": float(told["STATISTICS_STDDEV"]),
               "percent": float(told["STATISTICS_VALID_PERCENT"])}


def of_vips(path, counts):
    rows = list(csv.reader(open(path, encoding="utf-8"), delimiter="\t"))[1:]
    for row, count in zip(rows, counts, strict=True):
        least, most, total, _, mean, deviation = (float(value) for value in row[:6])
        yield {"min": least, "max": most, "sum": total, "mean": mean,
               "stddev": deviation * math.sqrt((count - 1) / count)}


def differences(ours, theirs):
    for key, wanted in theirs.items():
        got = ours.get(key)
        if key == "percent":  # cut off behind two digits
            share = 100 * ours["valid"] / (ours["valid"] + ours["nodata"] + ours["nan"])
            if abs(share - wanted) > 0.011:
                yield f"{share} percent are valid, not {wanted}"
        elif not math.isclose(got, wanted, rel_tol=1e-6 if key == "stddev" else 1e-12,
                              abs_tol=1e-12 * max(abs(ours["min"]), abs(ours["max"]))):
            yield f"{key} is {got!r}, not {wanted!r}"


def main():
    peer, mine, other = sys.argv[1:]
    bands = json.load(open(mine, encoding="utf-8"))["bands"]
    theirs = of_gdal(other) if peer == "gdal" else of_vips(other, [band["valid"] for band in bands])
    for band, wanted in zip(bands, theirs, strict=True):
        for text in differences(band, wanted):
            print(f"band {band['band']}: {text}")


main()
