# The budget is kept, and told beforehand: for operations and layouts of all kinds, what the process held at its peak is
# no more than what the dry run said, which is no more than --max-memory; buffers are told exactly; and the result is
# that of a run without a budget. Images have 60 MB, budgets a quarter of that and more.
if grep -q __asan_init "$RASTERCTL" || grep -q __tsan_init "$RASTERCTL"; then
    not_run "budgets, as a sanitizer's memory is not ours to count"
    exit 77
fi
if ! command -v python3 >/dev/null || ! python3 -c 'import json' 2>/dev/null; then
    not_run "budgets, as there is no python3"
    exit 77
fi
unset RASTER_MAX_MEMORY

size="--size 4000x5000x3"
expect 0 generate striped.tif $size --pattern gradient --strip 64 --quiet
expect 0 convert striped.tif tiled.tif --tile 256x256 --quiet
expect 0 convert striped.tif planar.tif --planar --quiet
expect 0 convert tiled.tif packed.tif --tile 256x256 --compression lzw --quiet
expect 0 convert striped.tif in.png --level 1 --quiet 2>/dev/null || expect 0 convert striped.tif in.png --quiet

cat >told.py <<'EOT'
import json, sys
d, r = (json.load(open(name)) for name in sys.argv[1:3])
budget = int(sys.argv[3]) << 20
r = r.get("report", r)
told, peak = d["peak_resident_bytes"], r["peak_resident_bytes"]
wrong = []
if peak > told:
    wrong.append("it held %d bytes, and %d were told" % (peak, told))
if told > budget:
    wrong.append("%d bytes were told, and %d are allowed" % (told, budget))
if d["buffer_bytes"] != r["buffer_bytes"]:
    wrong.append("%d bytes of buffers were told, and it had %d" % (d["buffer_bytes"], r["buffer_bytes"]))
for key in "tiles", "tile_width", "tile_height", "threads", "passes":
    if d[key] != r[key]:
        wrong.append("%s: %s was told, and it was %s" % (key, d[key], r[key]))
print("; ".join(wrong))
EOT

# measure MIB WORD...: a dry run and a run in so many MiB, and what is wrong with the numbers.
measure() {
    mib=$1
    shift
    expect 0 "$@" --max-memory "${mib}M" --json --dry-run
    cp "$out" told
    expect 0 "$@" --max-memory "${mib}M" --json
    cp "$out" held
    wrong=$(python3 told.py told held "$mib")
    [ -z "$wrong" ] || fail "in $mib MiB: $wrong"
}

# within "MIB ..." IN OUT WORD...: an operation from file to file, first without a budget.
within() {
    budgets=$1 from=$2 to=$3
    shift 3
    operation=$1
    shift
    expect 0 "$operation" "$from" "first-$to" "$@" --overwrite --quiet
    for mib in $budgets; do
        measure "$mib" "$operation" "$from" "$to" "$@" --overwrite
        same "first-$to" "$to"
    done
}

within "16 64" striped.tif out.tif invert
within "24 64" tiled.tif out.tif invert
within "16 40" planar.tif out.tif invert
within "16 32" striped.tif out.tif gaussblur --sigma 2
within "32" tiled.tif out.tif gaussblur --sigma 2
within "24" planar.tif out.tif gaussblur --sigma 2
within "16" striped.tif out.tif shrink --factor 3
within "16" striped.tif out.tif flip --axis v
within "24 48" striped.tif out.tif rotate --angle 90
within "40" tiled.tif out.tif transpose
within "40 64" packed.tif out.tif gaussblur --sigma 2
within "40" packed.tif out.tif rotate --angle 90
within "32" in.png out.tif invert
within "32 48" striped.tif out.tif invert --compression lzw --tile 256x256
within "48" packed.tif out.png sharpen --amount 1
within "32" packed.tif out.tif convert --planar --strip 50

# In place: the file itself, and with a halo.
cp striped.tif first.tif
expect 0 box first.tif --in-place --radius 3 --quiet
for from in striped.tif tiled.tif planar.tif; do
    cp $from out.tif
    measure 16 invert out.tif --in-place
    measure 24 invert out.tif --in-place
    same $from out.tif
done
for mib in 16 40; do
    cp striped.tif out.tif
    measure $mib box out.tif --in-place --radius 3
    same first.tif out.tif
done

# What only reads, and what only writes.
measure 16 compare striped.tif tiled.tif --only pixels --report
measure 40 compare planar.tif packed.tif --only pixels --report
measure 40 compare packed.tif in.png --only pixels --report
measure 24 stats tiled.tif --report
measure 24 stats packed.tif --report
measure 16 generate out.tif $size --pattern gradient --strip 64 --overwrite
same out.tif striped.tif

# compare finds the same, to the last digit, whatever the windows that it reads in.
expect 0 generate wide.tif --size 30000x100x2 --type f32 --seed 1 --tile 256x128 --quiet
expect 0 generate other.tif --size 30000x100x2 --type f32 --seed 2 --strip 10 --quiet
expect 1 compare wide.tif other.tif --json
cp "$out" first.json
for mib in 13 20 32; do
    expect 1 compare wide.tif other.tif --json --max-memory ${mib}M
    same "$out" first.json
done
