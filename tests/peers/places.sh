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

# corners FILE NAMES: the ground under the corners, in this order.
corners() {
    local IFS=, name
    for name in $2; do gdalinfo "$1" | sed -n "s/^$name *\\(([^)]*)\\).*/\\1/p"; done
}

# Every corner of a turned image lies on the ground where it lay before.
place_turned() {
    local before
    ours generate plain.tif --size 203x157x3 --type u8 --pattern noise --seed 5 --overwrite
    theirs gdal_translate -q -a_srs EPSG:32633 -a_ullr 500000 4600000 502030 4598430 plain.tif turn.tif
    before=$(corners turn.tif "Upper Left,Lower Left,Upper Right,Lower Right")
    [ "$(echo "$before" | sort -u | wc -l)" -eq 4 ] || fail "gdalinfo does not tell of four corners, but: $before"
    turned_to() {
        local corners=$1
        shift
        ours "$@" turn.tif ours.tif --overwrite
        [ "$(corners ours.tif "$corners")" = "$before" ] || fail "$*: the corners lie elsewhere than the input's"
    }
    turned_to "Upper Right,Upper Left,Lower Right,Lower Left" rotate --angle 90
    turned_to "Lower Right,Upper Right,Lower Left,Upper Left" rotate --angle 180
    turned_to "Lower Left,Lower Right,Upper Left,Upper Right" rotate --angle 270
    turned_to "Upper Left,Upper Right,Lower Left,Lower Right" transpose
}

# The pixels are vips' own, which knows a transposition as a quarter turn and a flip.
turned() {
    local layout type angle
    for type in u8 u16 f32; do
        for layout in "" "--tile 64x32" "--planar --strip 9"; do
            ours generate in.tif --size 331x217x3 --type $type --pattern noise --overwrite $layout
            for angle in 90 180 270; do
                theirs vips rot in.tif theirs.v d$angle
                vips_samples theirs.v wanted.img
                ours rotate in.tif ours.tif --angle $angle --overwrite
                vips_samples ours.tif got.img
                alike wanted.img got.img "rotate by $angle, $type $layout: other pixels than vips"
            done
            theirs vips rot in.tif quarter.v d90
            theirs vips flip quarter.v theirs.v horizontal
            vips_samples theirs.v wanted.img
            ours transpose in.tif ours.tif --overwrite
            vips_samples ours.tif got.img
            alike wanted.img got.img "transpose, $type $layout: other pixels than vips"
        done
    done
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

if has gdalinfo gdal_translate; then place_kept; place_turned; fi
if has vips; then inverted; turned; fi
