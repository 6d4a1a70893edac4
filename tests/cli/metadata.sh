# What is said of the pixels: kept where the format has a place for it, told where it has none, kept beside it on demand.
expect 0 generate in.tif --size 40x30x3 --nodata 7 --quiet
expect 0 edit in.tif --crs EPSG:32632 --transform 500000,0.5,0,4650000,0,-0.5 --set Artist=me --set band.2.name=leaf
said() {
    expect 0 info "$1"
    shift
    for text; do stdout_has "$text"; done
}

# Kept by TIFF, in every layout and compression.
for options in "--tile 16x16" "--planar --compression lzw" "--big-tiff yes --byte-order big" "--strip 3 --compression deflate"; do
    expect 0 convert in.tif out.tif $options --overwrite
    ! grep -q "does not keep" "$err" || fail "TIFF does not keep something"
    expect 0 compare in.tif out.tif
    stdout_has "metadata:     the same"
done

# Told where the format has no place; not with --quiet; on stdout with --json.
expect 0 convert in.tif out.npy
stderr_has "rasterctl: warning: out.npy: NPY does not keep: nodata, geotransform, coordinate system, text, band names"
stderr_has "(--sidecar aux would)"
expect 0 convert in.tif out.npy --overwrite --quiet
stderr_empty
expect 0 convert in.tif out.npy --overwrite --json
stderr_has "out.npy: NPY does not keep: nodata"
stdout_has '"lost": "out.npy: NPY does not keep: nodata'
expect 0 convert in.tif out.tif --overwrite --json
stdout_has '"lost": null'
expect 1 compare in.tif out.npy
stdout_has "samples:      the same"
stdout_has "metadata:     nodata, geotransform, coordinate system, text, band names"
rm out.*

# GDAL's sidecar keeps them, and is found again.
for name in out.npy out.pam out.png; do
    expect 0 convert in.tif $name --sidecar aux
    ! grep -q "does not keep" "$err" || fail "something is not kept"
    [ -s $name.aux.xml ] || fail "there is no $name.aux.xml"
    said $name "nodata:       7" "geotransform: 500000,0.5,0,4650000,0,-0.5" "EPSG:32632" "leaf" "Artist = me"
    expect 0 compare in.tif $name
done
# Not written where nothing would be lost.
expect 0 convert in.tif out.tif --sidecar aux --quiet
[ ! -e out.tif.aux.xml ] || fail "a sidecar that says nothing new was written"
rm out.*

# World files.
expect 0 convert in.tif out.pam --sidecar world
stderr_has "PNM does not keep: nodata, text, band names"
printf '0.5\n0\n0\n-0.5\n500000.25\n4649999.75\n' | cmp - out.wld || fail "the world file is wrong"
grep -q UTM out.prj || fail "the .prj names no system"
said out.pam "geotransform: 500000,0.5,0,4650000,0,-0.5" "EPSG:32632"
rm out.*

# Headers of raw files.
for kind in envi esri; do
    expect 0 convert in.tif out.raw --sidecar $kind
    stderr_has "raw does not keep: text"
    [ -s out.hdr ] || fail "there is no header"
    said out.raw "40 x 30, 3 bands of u8" "nodata:       7" "geotransform: 500000,0.5,0,4650000,0,-0.5" "EPSG:32632"
    expect 0 compare in.tif out.raw --only pixels
    rm out.*
done
expect 0 convert in.tif out.raw --sidecar vrt --quiet
grep -q '<SourceFilename relativeToVRT="1">out.raw</SourceFilename>' out.vrt || fail "the VRT names no file"
grep -q '<GeoTransform>.*500000.*4650000' out.vrt || fail "the VRT has no geotransform"
rm out.*
# A file beside it is replaced as the output itself would be.
echo precious >out.hdr
broken "out.hdr" convert in.tif out.raw --sidecar envi
holds in.tif out.hdr
expect 0 convert in.tif out.raw --sidecar envi --overwrite --quiet
said out.raw "format:       ENVI"
rm out.*
refuse "--sidecar xml: one of aux|vrt|world|envi|esri is wanted" convert in.tif out.raw --sidecar xml
for kind in vrt envi esri; do
    expect 2 convert in.tif out.png --sidecar $kind
    [ -z "$(ls | grep '^out\.')" ] || fail "a refused output leaves $(ls out.*)"
done

# Operations keep what stays true: bands take their names along, a crop moves the corner.
expect 0 convert in.tif out.tif --bands 3,2 --window 10,4,8,8 --quiet
said out.tif "geotransform: 500005,0.5,0,4649998,0,-0.5" "  band 2:       leaf"
expect 0 convert in.tif out.tif --bands 2,1 --overwrite --quiet
said out.tif "  band 1:       leaf"
expect 0 convert in.tif out.tif --bands 1,3 --overwrite --quiet
expect 0 info out.tif
stdout_lacks "leaf"

# PNG has a place for some of it.
expect 0 generate plain.tif --size 16x16x3 --quiet
expect 0 edit plain.tif --set Software=rasterctl --set "Description=a picture" --set "Note=$(printf 'gr\303\274n')"
expect 0 convert plain.tif out.png --quiet
expect 0 convert out.png back.tif --quiet
expect 0 compare plain.tif out.png
expect 0 compare plain.tif back.tif
said out.png "Software = rasterctl" "description:  a picture" "Note = $(printf 'gr\303\274n')"

# For programs.
if ! command -v python3 >/dev/null; then
    not_run "JSON, as there is no python3"
    exit 0
fi
is() {
    value=$(python3 -c "import json, sys; p = json.load(open(sys.argv[1]))['pages'][0]; print(($1))" "$out")
    [ "$value" = "$2" ] || fail "$1 is $value, not $2"
}
expect 0 info in.tif --json
is 'p["items"]' "[{'key': 'Artist', 'value': 'me', 'domain': None, 'role': None, 'band': None}]"
is 'p["band_names"], p["band_colours"]' "([None, 'leaf', None], ['red', 'green', 'blue'])"
is 'p["geo"]["transform"], p["geo"]["geotransform"]' \
    "([0.5, 0, 500000, 0, -0.5, 4650000], [500000, 0.5, 0, 4650000, 0, -0.5])"
is 'p["geo"]["epsg"], p["nodata"], p["readable"], p["unreadable_reason"]' "(32632, 7, True, None)"
is 'p["kind"], p["sub_image"], p["sub_images"]' "([], None, [])"

# Everything that a PNG can say.
python3 - <<'EOT'
import struct, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
tiff = b"II*\0\x08\0\0\0\0\0\0\0\0\0"
with open("all.png", "wb") as f:
    f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 8, 2, 0, 0, 0)))
    f.write(chunk(b"gAMA", struct.pack(">I", 45455)))
    f.write(chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)))
    f.write(chunk(b"sRGB", b"\x01") + chunk(b"sBIT", bytes([5, 6, 5])) + chunk(b"bKGD", struct.pack(">3H", 1, 2, 3)))
    f.write(chunk(b"pHYs", struct.pack(">IIB", 11811, 5905, 1)) + chunk(b"tEXt", b"Author\0me"))
    f.write(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta/>") + chunk(b"eXIf", tiff))
    f.write(chunk(b"IDAT", zlib.compress(b"\0abcdef")) + chunk(b"IEND", b""))
EOT
said all.png "gamma:        0.45455" "sRGB:         relative colorimetric" "white point:  0.3127, 0.329" \
    "bits that count: 5 6 5" "background:   1 2 3" "XMP:          12 bytes" "EXIF:         14 bytes"
expect 0 info all.png --json
is 'p["gamma"], p["srgb_intent"], p["chromaticities"][:2]' "(0.45455, 'relative colorimetric', [0.3127, 0.329])"
is 'p["significant_bits"], p["background"]' "([5, 6, 5], [1, 2, 3])"
is 'p["xmp_bytes"], p["exif_bytes"]' "(12, 14)"
expect 0 convert all.png copy.png --quiet
expect 0 compare all.png copy.png
expect 0 convert all.png all.npy
stderr_has "all.npy: NPY does not keep: gamma, resolution, text, XMP, EXIF, significant bits, background (--sidecar aux would keep: text)"
