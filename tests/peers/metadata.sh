# shellcheck shell=bash disable=SC2034,SC2086,SC2154
# What GDAL writes of an image beside its pixels goes through rasterctl, and what rasterctl changes GDAL finds changed.

# told FILE: all that gdalinfo tells, but for the file's name and how it is stored.
told() {
    gdalinfo --config GDAL_PAM_ENABLED NO "$1" 2>&1 |
        sed '/^Files:/d; /^ *COMPRESSION=/d; /^ *PREDICTOR=/d; /^ *INTERLEAVE=/d; /^Image Structure/d; s/ Block=[^ ]*//'
}
# changed SED FILE: told as geo.tif, changed so.
changed() {
    [ "$(told "$2")" = "$(told geo.tif | sed "$1")" ] ||
        fail "$what: $(diff <(told geo.tif | sed "$1") <(told "$2") | tr '\n' ' ')"
}

carried() {
    local options
    ours generate plain.tif --size 203x157x3 --type u16 --seed 5
    # Band descriptions, units, scales and colours are not among the options of gdal_translate, but a VRT names them.
    theirs gdal_translate -q -of VRT -a_srs EPSG:32633 -a_ullr 500000 4600000 502030 4598430 -a_nodata 7 \
        -mo KEY=VALUE -mo "Other=<a & b>" -mo AREA_OR_POINT=Point plain.tif geo.vrt
    sed -i 's|\(<VRTRasterBand[^>]*band="\([123]\)"[^>]*>\)|\1<Description>band \2 is red</Description>|
        s|<ColorInterp>Green|<ColorInterp>Alpha|; s|<ColorInterp>Blue|<ColorInterp>Gray|' geo.vrt
    theirs gdal_translate -q geo.vrt geo.tif
    [ "$(told geo.tif | grep -c -e KEY=VALUE -e 'Other=<a & b>' -e =Point -e 'band [123] is red' -e 'NoData Value=7' \
        -e ColorInterp=Alpha -e '"EPSG",32633')" = 11 ] ||
        fail "GDAL did not write what is to be carried: $(told geo.tif)"
    for options in "--compression deflate" "--compression lzw --tile 64x32 --big-tiff yes" \
        "--planar --byte-order big"; do
        what="convert geo.tif out.tif $options"
        ours $what --overwrite
        changed "" out.tif
        [ "$(checksums out.tif)" = "$(checksums geo.tif)" ] || fail "$what: other pixels"
    done
    what="convert geo.tif out.png --sidecar aux"
    ours $what --bands 1
    [ "$(gdalinfo out.png | grep -c -e KEY=VALUE -e 'Other=<a & b>' -e 'Description = band 1 is red')" = 3 ] ||
        fail "$what: $(gdalinfo out.png | sed -n '/^Metadata/,/^Corner/p; /^Band/,$p' | tr '\n' ' ')"
    what=
}

edited() {
    local before file
    before=$(checksums geo.tif)
    ours convert geo.tif packed.tif --compression deflate
    for file in geo.tif packed.tif; do
        while IFS='|' read -r options expression; do
            what="edit $file $options"
            cp "$file" work.tif
            ours edit work.tif $options || continue
            changed "$expression" work.tif
            [ "$(checksums work.tif)" = "$before" ] || fail "$what: other pixels"
        done <<'END'
--set KEY=other|s/KEY=VALUE/KEY=other/
--set NEW=1|s/^  KEY=VALUE/&\n  NEW=1/
--unset Other|/Other=/d
--set band.2.name=leaf|s/band 2 is red/leaf/
--nodata 9|s/NoData Value=7/NoData Value=9/
--nodata none|/NoData Value/d
--nodata 9 --set KEY=other|s/NoData Value=7/NoData Value=9/; s/KEY=VALUE/KEY=other/
END
    done
    # Coordinate systems of both kinds, beside a new transform: as gdal_translate gives them.
    for code in 3857 4326 25832 2056; do
        what="edit --crs EPSG:$code"
        cp geo.tif work.tif
        ours edit work.tif --crs EPSG:$code --transform 10,0.5,0,50,0,-0.25
        theirs gdal_translate -q -a_srs EPSG:$code -a_ullr 10 50 111.5 10.75 geo.tif wanted.tif
        [ "$(told work.tif)" = "$(told wanted.tif)" ] ||
            fail "$what: $(diff <(told wanted.tif) <(told work.tif) | tr '\n' ' ')"
        [ "$(checksums work.tif)" = "$before" ] || fail "$what: other pixels"
    done
    what=
}

if has gdal_translate gdalinfo; then carried; edited; fi
