# --json: valid, with the keys that programs rely on, whatever names and metadata hold.
if ! command -v python3 >/dev/null || ! python3 -c 'import json' 2>/dev/null; then
    not_run "JSON, as there is no python3"
    exit 77
fi
valid() { python3 -m json.tool "$out" >/dev/null || fail "stdout is no JSON"; }
# value EXPRESSION: of the document `d`.
value() { python3 -c "import json, sys; d = json.load(open(sys.argv[1])); print(($1))" "$out"; }
is() { [ "$(value "$1")" = "$2" ] || fail "$1 is $(value "$1"), not $2"; }

expect 0 ops --json
valid
is 'len(d) >= 16' True
is '[p["name"] for o in d if o["name"] == "gaussblur" for p in o["parameters"]]' "['sigma', 'radius']"
is '[p["required"] for o in d if o["name"] == "gaussblur" for p in o["parameters"]]' "[True, False]"
is '[p["choices"] for o in d if o["name"] == "flip" for p in o["parameters"]]' "[['h', 'v']]"
is 'sorted({k for o in d for k in o})' "['averages', 'details', 'example', 'group', 'local', 'name', 'parameters', 'point', 'reads_further_images', 'summary']"
expect 0 version --json
valid

expect 0 generate in.tif --size 50x40x4 --type u16 --nodata 7 --json
valid
stderr_empty
is 'd["pixels"], d["mode"], d["command"], d["input"], d["output"]' "(2000, 'new-file', 'generate', None, 'in.tif')"
expect 0 invert in.tif out.tif --json --threads 2
valid
is 'd["pixels"], d["mode"], d["input"], d["output"]' "(2000, 'new-file', 'in.tif', 'out.tif')"
is 'd["seconds"] >= 0 and d["peak_resident_bytes"] > 100000 and d["peak_anonymous_bytes"] > 0' True
is 'd["collisions"] >= 0' True
expect 0 invert in.tif --in-place --json
valid
is 'd["mode"]' in-place
bytes 0 5 250 255 >n.raw
expect 0 linear n.raw m.raw --scale 2 --offset 0 --raw 4x1x1:u8 --nodata 10 --json
valid
is 'd["collisions"]' 1
stderr_has "rasterctl: warning: "

expect 0 info in.tif --json
valid
is 'd["page_count"], len(d["pages"])' "(1, 1)"
p='d["pages"][0]'
is "$p['width'], $p['height'], $p['bands'], $p['type'], $p['mapped']" "(50, 40, 4, 'u16', True)"
is "$p['nodata'], $p['unmapped_reason'], $p['format']" "(7, None, 'TIFF')"
is "sorted($p)" "['alpha_band', 'background', 'band_colours', 'band_names', 'bands', 'byte_order', 'chromaticities', 'colour_map_entries', 'description', 'exif_bytes', 'extra_samples', 'format', 'gamma', 'geo', 'height', 'icc_bytes', 'items', 'kind', 'layout', 'mapped', 'nodata', 'orientation', 'page', 'photometric', 'photometric_name', 'readable', 'resolution', 'significant_bits', 'srgb_intent', 'sub_image', 'sub_images', 'type', 'unmapped_reason', 'unreadable_reason', 'width', 'xmp_bytes']"
is "sorted($p['layout'])" "['block_columns', 'block_height', 'block_rows', 'block_width', 'first_byte', 'interleave', 'kind', 'one_block', 'planes', 'strip_rows']"
is "$p['layout']['kind'], $p['layout']['interleave']" "('strips', 'bip')"

# Names that need care: quotes, controls, broken UTF-8.
name=$(printf 'a "b" \\ \n\t\033 \303\244 \377.tif')
cp in.tif "$name"
expect 0 info "$name" --json
valid
is 'ascii(d["file"])' "'a \"b\" \\\\ \\n\\t\\x1b \\xe4 \\ufffd.tif'"
expect 0 info "$name"
! grep -q "$(printf '\033')" "$out" || fail "an escape sequence reaches the terminal"

# NaN is a value of nodata, not of JSON.
expect 0 generate f.tif --size 4x4 --type f32 --nodata nan --quiet
expect 0 info f.tif --json
valid
is 'd["pages"][0]["nodata"]' nan
expect 0 generate g.tif --size 4x4 --type u64 --nodata 18446744073709551615 --quiet
expect 0 info g.tif --json
is 'd["pages"][0]["nodata"]' 18446744073709551615
