# shellcheck shell=bash disable=SC2034,SC2086,SC2154
# Colours, against what vips and GDAL make of the same pixels.

# A colour map in a file, as GDAL makes it.
with_map() {
    ours generate photo.tif --size 131x97x3 --type u8 --pattern noise --seed 3 --overwrite
    theirs gdal_translate -q -b 1 photo.tif index.tif
    {
        echo '<VRTDataset rasterXSize="131" rasterYSize="97"><VRTRasterBand dataType="Byte" band="1">'
        echo '<ColorInterp>Palette</ColorInterp><ColorTable>'
        awk 'BEGIN { for (i = 0; i < 256; i++)
            printf "<Entry c1=\"%d\" c2=\"%d\" c3=\"%d\" c4=\"255\"/>\n", i * 7 % 256, 255 - i, i * 31 % 256 }'
        echo '</ColorTable><SimpleSource><SourceFilename relativeToVRT="1">index.tif</SourceFilename>'
        echo '</SimpleSource></VRTRasterBand></VRTDataset>'
    } >map.vrt
    theirs gdal_translate -q map.vrt map.tif
}

expanded() {
    local layout
    with_map
    theirs gdal_translate -q -expand rgb map.tif theirs.tif
    for layout in "" "--tile 64x32" "--compression deflate"; do
        ours palette map.tif ours.tif --overwrite $layout
        [ "$(checksums ours.tif)" = "$(checksums theirs.tif)" ] || fail "palette $layout: other pixels than GDAL's"
        gdalinfo ours.tif | grep -q "ColorInterp=Blue" || fail "palette $layout: GDAL sees no RGB"
        ! gdalinfo ours.tif | grep -q "Color Table" || fail "palette $layout: GDAL still sees a colour map"
    done
    theirs gdal_translate -q -expand rgba map.tif theirs.tif
    ours palette map.tif ours.tif --overwrite --into rgba
    [ "$(checksums ours.tif)" = "$(checksums theirs.tif)" ] || fail "palette --into rgba: other pixels than GDAL's"
    gdalinfo ours.tif | grep -q "ColorInterp=Alpha" || fail "palette --into rgba: GDAL sees no alpha"
    ours gray photo.tif ours.tif --overwrite
    gdalinfo ours.tif | grep -q "ColorInterp=Gray" || fail "gray: GDAL sees none"
}

# vips premultiplies and divides in floats, and cuts off; it is exact only to a level. Its white point is another one in
# the fourth digit, and its curve a table of 16 bits.
colours() {
    ours generate photo.tif --size 131x97x3 --type u8 --pattern noise --seed 3 --overwrite
    ours srgb2linear photo.tif ours.tif --overwrite
    theirs vips colourspace photo.tif linear.v scrgb
    theirs vips linear linear.v scaled.v 255 0.5
    theirs vips cast scaled.v theirs.v uchar
    vips_samples theirs.v wanted.img
    vips_samples ours.tif got.img
    what=srgb2linear
    apart 1 u8

    ours cast photo.tif float.tif --type f32 --overwrite
    ours linear float.tif unit.tif --scale 0.00392156862745098 --overwrite
    ours rgb2lab unit.tif ours.tif --overwrite
    theirs vips colourspace photo.tif theirs.v lab
    vips_samples theirs.v wanted.img
    our_samples ours.tif got.img
    what=rgb2lab
    apart 0.002 f32 # of 100
    what=lab2rgb
    ours lab2rgb ours.tif unit.tif --overwrite
    ours linear unit.tif scaled.tif --scale 255 --overwrite
    ours cast scaled.tif back.tif --type u8 --overwrite
    theirs vips colourspace theirs.v back.v srgb
    vips_samples back.v wanted.img
    our_samples back.tif got.img
    apart 1 u8
    what=rgb2hsv
    theirs vips colourspace photo.tif theirs.v hsv
    vips_samples theirs.v wanted.img
    ours rgb2hsv photo.tif ours.tif --overwrite
    our_samples ours.tif got.img
    saturations_apart
}

# Hues of vips go around in 255 steps, and ours in 256; of the three, saturation and value are the same.
saturations_apart() {
    python3 - wanted.img got.img <<'PYTHON' || fail "rgb2hsv: another saturation or value than vips, or a hue far off"
import sys

wanted, got = (open(name, "rb").read() for name in sys.argv[1:])
ok = len(wanted) == len(got)
for i in range(0, len(wanted), 3):
    hue = abs(wanted[i] * 256 / 255 - got[i])
    ok &= min(hue, 256 - hue) <= 3 and abs(wanted[i + 1] - got[i + 1]) <= 1 and wanted[i + 2] == got[i + 2]
sys.exit(not ok)
PYTHON
}

premultiplied() {
    ours generate rgb.tif --size 131x97x3 --type u8 --pattern noise --seed 3 --overwrite
    ours generate alpha.tif --size 131x97x1 --type u8 --pattern noise --seed 9 --overwrite
    theirs vips bandjoin "rgb.tif alpha.tif" rgba.tif
    theirs vips premultiply rgba.tif float.v
    theirs vips linear float.v moved.v "1 1 1 1" "0.5 0.5 0.5 0"
    theirs vips cast moved.v theirs.v uchar
    vips_samples theirs.v wanted.img
    ours premultiply rgba.tif ours.tif --overwrite
    our_samples ours.tif got.img
    what=premultiply
    apart 1 u8
}

if has gdalinfo gdal_translate; then expanded; fi
if has vips python3; then colours; premultiplied; fi
