# shellcheck shell=bash disable=SC2034,SC2086,SC2154
# Places and pixels of what the operations make: GDAL's and vips' own results say what is right.
place_kept() {
    local layout
    ours generate plain.tif --size 203x157x3 --type u8 --pattern noise --seed 5
    theirs gdal_translate -q -a_srs EPSG:32633 -a_ullr 500000 4600000 502030 4598430 plain.tif geo.tif
    theirs gdal_translate -q -a_nodata 7 geo.tif nodata.tif

    # A copy in every layout keeps the place and the pixels.
    for layout in "" "--strip 5" "--tile 64x32"; do
        ours convert nodata.tif copy.tif --overwrite $layout
        [ "$(place copy.tif)" = "$(place nodata.tif)" ] || fail "convert $layout: another place than the input's"
        [ "$(checksums copy.tif)" = "$(checksums nodata.tif)" ] || fail "convert $layout: other pixels than the input's"
    done

    # A filter keeps the place; twice inverted, the pixels are the first ones.
    ours invert geo.tif work.tif
    [ "$(place work.tif)" = "$(place geo.tif)" ] || fail "invert: another place than the input's"
    ours invert work.tif --in-place
    [ "$(place work.tif)" = "$(place geo.tif)" ] || fail "invert in place: another place than the input's"
    [ "$(checksums work.tif)" = "$(checksums geo.tif)" ] || fail "invert twice: other pixels than the input's"

    # Operations that move pixels move the place with them.
    ours crop geo.tif ours.tif --rect 30,20,100,90
    theirs gdal_translate -q -srcwin 30 20 100 90 geo.tif theirs.tif
    [ "$(place ours.tif)" = "$(place theirs.tif)" ] || fail "crop: another place than gdal_translate's"
    [ "$(checksums ours.tif)" = "$(checksums theirs.tif)" ] || fail "crop: other pixels than gdal_translate's"
    ours crop geo.tif even.tif --rect 0,0,200,150
    ours shrink even.tif ours.tif --factor 2 --overwrite
    theirs gdal_translate -q -outsize 50% 50% -r average even.tif theirs.tif
    [ "$(place ours.tif)" = "$(place theirs.tif)" ] || fail "shrink: another place than gdal_translate's"
}

inverted() {
    local size
    ours generate in.tif --size 331x217x3 --type u8 --pattern noise --overwrite
    theirs vips invert in.tif theirs.v
    vips_samples theirs.v wanted.img
    for size in "" "--tile 64x64" "--tile 64x64 --compression lzw"; do
        ours invert in.tif ours.tif --overwrite $size
        vips_samples ours.tif got.img
        alike wanted.img got.img "invert $size: other pixels than vips"
    done
}

if has gdalinfo gdal_translate; then place_kept; fi
if has vips; then inverted; fi
