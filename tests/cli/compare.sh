# compare: 0 the same, 1 different, 2 trouble; what differs, where, and how much.
expect 0 generate a.tif --size 40x30x3 --seed 3 --quiet
expect 0 convert a.tif b.tif --tile 16x16 --planar --byte-order big --quiet
expect 0 compare a.tif b.tif
stdout_is <<'EOT'
a.tif and b.tif are the same
  samples:      the same, 3600 of them
  metadata:     the same
EOT
stderr_empty
expect 0 compare a.tif a.tif --quiet
stdout_empty

# One sample: row 7, column 5, band 2 of three bands: byte (7 * 40 + 5) * 3 + 1.
cp a.tif c.tif
expect 0 info a.tif
at=$(($(sed -n 's/.*from byte \([0-9]*\) on$/\1/p' "$out") + (7 * 40 + 5) * 3 + 1))
old=$(od -An -tu1 -j $at -N 1 a.tif | tr -d ' ')
new=$((old > 100 ? old - 9 : old + 9))
bytes $new | dd of=c.tif bs=1 seek=$at conv=notrunc 2>/dev/null
expect 1 compare a.tif c.tif
stdout_is <<'EOT'
a.tif and c.tif differ
  samples:      1 of 3600 differ
  largest:      9, at column 5, row 7, band 2
  mean:         0.0025
  metadata:     the same
EOT
stderr_empty
expect 1 compare a.tif c.tif --quiet
stdout_empty
expect 1 compare a.tif c.tif --tolerance 8.5
stdout_has "1 of 3600 differ by more than 8.5"
expect 0 compare a.tif c.tif --tolerance 9
stdout_has "are the same"
stdout_has "none of 3600 differs by more than 9"
stdout_has "largest:      9, at column 5, row 7, band 2"
expect 0 compare a.tif c.tif --only metadata
stdout_lacks "samples"
expect 1 compare a.tif c.tif --only pixels
stdout_lacks "metadata"

# Every type, its extremes included.
extremes() { # TYPE LOW HIGH DIFFERENCE
    expect 0 generate low.tif --size 3x2 --type $1 --pattern constant --value "$2" --overwrite --quiet
    expect 0 generate high.tif --size 3x2 --type $1 --pattern constant --value "$3" --overwrite --quiet
    expect 0 compare low.tif low.tif
    for files in "low.tif high.tif" "high.tif low.tif"; do
        expect 1 compare $files
        stdout_has "6 of 6 differ"
        stdout_has "largest:      $4, at column 0, row 0, band 1"
    done
}
extremes u8 0 255 255
extremes i8 -128 127 255
extremes u16 0 65535 65535
extremes i16 -32768 32767 65535
extremes u32 0 4294967295 4294967295
extremes i32 -2147483648 2147483647 4294967295
extremes f32 -0.5 0.25 0.75
extremes f64 1e-300 -1e300 1e+300
# Eight bytes beyond what a double holds, one apart and as far as can be.
bytes 1 0 0 0 0 0 32 0 255 255 255 255 255 255 255 127 >p.raw
bytes 0 0 0 0 0 0 32 0 0 0 0 0 0 0 0 128 >q.raw
for type in i64 u64; do
    expect 1 compare p.raw q.raw --raw 2x1x1:$type,le
    stdout_has "2 of 2 differ"
done
stdout_has "largest:      1, at column 0, row 0, band 1"
expect 1 compare p.raw q.raw --raw 2x1x1:i64,le
stdout_has "largest:      18446744073709551615, at column 1"
expect 1 compare p.raw q.raw --raw 2x1x1:i64,le --tolerance 1
stdout_has "1 of 2 differ"
expect 0 compare p.raw q.raw --raw 2x1x1:i64,le --tolerance 1e30

# Floats: NaN is NaN, 0 is -0, and nothing is near NaN or infinity. NaN, 0, 1, inf and other NaN, -0, NaN, -inf.
bytes 0 0 192 127 0 0 0 0 0 0 128 63 0 0 128 127 >p.raw
bytes 1 0 192 255 0 0 0 128 0 0 192 127 0 0 128 255 >q.raw
expect 1 compare p.raw q.raw --raw 4x1x1:f32,le --tolerance 1e300
stdout_has "2 of 4 differ"
stdout_has "largest:      inf, at column 2, row 0, band 1"
expect 0 compare p.raw q.raw --raw 2x1x1:f32,le

# Size, bands and type are an answer too.
expect 0 convert a.tif d.tif --window 0,0,39,30 --quiet
expect 1 compare a.tif d.tif
stdout_has "shape:        40 x 30, 3 bands of u8; 39 x 30, 3 bands of u8"
expect 0 convert a.tif d.tif --bands 1 --overwrite --quiet
expect 1 compare a.tif d.tif
stdout_has "3 bands of u8; 40 x 30, 1 band of u8"
expect 0 convert a.tif d.tif --type i16 --overwrite --quiet
expect 1 compare a.tif d.tif
stdout_has "3 bands of u8; 40 x 30, 3 bands of i16"

# What is said of the pixels.
expect 0 generate d.tif --size 40x30x3 --seed 3 --nodata 7 --quiet --overwrite
expect 1 compare a.tif d.tif
stdout_has "samples:      the same"
stdout_has "metadata:     nodata"
expect 0 compare a.tif d.tif --only pixels
expect 1 compare a.tif d.tif --only metadata
cp a.tif e.tif
expect 0 edit e.tif --crs EPSG:32632 --transform 500000,0.5,0,4650000,0,-0.5 --set Artist=me --set band.2.name=leaf
expect 1 compare a.tif e.tif
stdout_has "metadata:     geotransform, coordinate system, text, band names"
expect 0 compare e.tif e.tif

# Longer than one buffer, and compressed.
expect 0 generate long.tif --size 1500x1700x2 --quiet
expect 0 convert long.tif packed.tif --compression deflate --tile 256x256 --quiet
expect 0 compare long.tif packed.tif
expect 0 pipeline long.tif other.tif --quiet linear --scale 1 --offset 1
expect 0 compare packed.tif other.tif --tolerance 1
stdout_has "largest:      1, at column 0, row 0, band 1"
expect 1 compare packed.tif other.tif
expect 0 invert long.tif inverted.tif --quiet
expect 1 compare long.tif inverted.tif
stdout_has "5100000 of 5100000 differ"

# Trouble is neither.
expect 2 compare a.tif nowhere.tif
stderr_has "nowhere.tif"
stdout_empty
head -c 2000 a.tif >cut.tif
expect 2 compare a.tif cut.tif
expect 2 compare cut.tif a.tif
refuse "'compare' wants 2 file names, 1 given" compare a.tif
refuse "what to do with 'c'" compare a.tif b.tif c
refuse "--tolerance -1: a number from 0 on" compare a.tif b.tif --tolerance -1
refuse "--tolerance nan" compare a.tif b.tif --tolerance nan
refuse "--only colours: pixels or metadata" compare a.tif b.tif --only colours
refuse "did you mean --tolerance?" compare a.tif b.tif --tolerence 2
refuse "does not take --overwrite" compare a.tif b.tif --overwrite
if [ -w /dev/full ]; then
    status=0
    "$RASTERCTL" compare a.tif b.tif >/dev/full 2>"$err" || status=$?
    [ "$status" -eq 2 ] || fail "a full disk behind stdout is no trouble"
fi

# For programs.
if ! command -v python3 >/dev/null; then
    not_run "JSON, as there is no python3"
    exit 0
fi
is() {
    value=$(python3 -c "import json, sys; d = json.load(open(sys.argv[1])); print(($1))" "$out")
    [ "$value" = "$2" ] || fail "$1 is $value, not $2"
}
expect 1 compare a.tif c.tif --json
is 'd["same"], d["same_shape"], d["tolerance"], d["metadata"]' "(False, True, 0, [])"
is 'd["samples"]' "{'compared': 3600, 'different': 1, 'largest': 9, 'mean': 0.0025, 'at': {'x': 5, 'y': 7, 'band': 2}}"
is '[f["file"] for f in d["files"]]' "['a.tif', 'c.tif']"
expect 1 compare a.tif d.tif --json --only metadata
is 'd["samples"], d["metadata"]' "(None, ['nodata'])"
expect 0 compare a.tif b.tif --json --only pixels
is 'd["same"], d["samples"]["at"], d["metadata"]' "(True, None, None)"
expect 0 convert a.tif d.tif --bands 1 --overwrite --quiet
expect 1 compare a.tif d.tif --json
is 'd["same"], d["same_shape"], d["samples"], d["metadata"]' "(False, False, None, None)"
is '[f["bands"] for f in d["files"]]' "[3, 1]"
