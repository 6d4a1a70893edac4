# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2154
# Operations on samples against numpy, and against vips where it has them.

# like_numpy NAME TYPE BANDS WORD...: the same as numpy's, but for how ties of what is not exact are rounded.
like_numpy() {
    local name=$1 type=$2 bands=$3 most=1 second=
    shift 3
    what="$type, $name"
    case $type in f32) most=1e-6 ;; esac
    case $name in blend | mask) second=second.tif ;; esac
    ours "$name" in.tif $second out.tif "$@" --overwrite && our_samples out.tif got.img &&
        theirs "$python" "$here/points.py" $name $type $bands in.img ${second:+second.img} wanted.img && apart $most $type
}

by_numpy() {
    local type top
    while read -r type top; do
        ours generate in.tif --size 231x117x4 --type $type --pattern noise --seed 6 --overwrite
        ours generate second.tif --size 231x117x4 --type $type --pattern noise --seed 7 --overwrite
        our_samples in.tif in.img && our_samples second.tif second.img || return
        like_numpy linear $type 4 --scale 1.25 --offset -3
        like_numpy clamp $type 4 --min $(awk "BEGIN { print $top / 4 }") --max $(awk "BEGIN { print $top / 2 }")
        [ $type = i16 ] || like_numpy gamma $type 4 --exponent 0.6
        like_numpy scale $type 4 --percent 2,98
        like_numpy blend $type 4 --alpha 0.3
        like_numpy mask $type 4 --value 5
        ours generate in.tif --size 231x117x3 --type $type --pattern noise --seed 8 --overwrite
        our_samples in.tif in.img
        [ $type = i16 ] || like_numpy srgb2linear $type 3
        [ $type = i16 ] || like_numpy linear2srgb $type 3
    done <<'END'
u8 255
u16 65535
i16 32767
f32 1
END
}

# alike_with_vips VIPS-WORDS -- WORD...: vips makes theirs.v of in.tif, we make out.tif of it; the same samples.
alike_with_vips() {
    local peer=()
    while [ "$1" != -- ]; do peer+=("$1"); shift; done
    shift
    what="vips ${peer[*]}"
    theirs vips "${peer[0]}" in.tif theirs.v "${peer[@]:1}" && vips_samples theirs.v wanted.img &&
        ours "$1" in.tif out.tif "${@:2}" --overwrite && our_samples out.tif got.img && alike wanted.img got.img "$*: other samples"
}

# What moves pixels, or needs no rounding.
by_vips() {
    local type
    for type in u8 u16 i16 f32; do
        ours generate in.tif --size 231x117x3 --type $type --pattern noise --seed 6 --overwrite
        case $type in u8 | u16) alike_with_vips invert -- invert ;; esac
        alike_with_vips flip horizontal -- flip --axis h
        alike_with_vips flip vertical -- flip --axis v
        alike_with_vips rot d90 -- rotate --angle 90
        alike_with_vips rot d180 -- rotate --angle 180
        alike_with_vips rot d270 -- rotate --angle 270
        alike_with_vips extract_area 13 7 100 60 -- crop --rect 13,7,100,60
        alike_with_vips extract_band 1 -- bands --pick 2
        alike_with_vips cast double -- cast --type f64
    done
}

# GDAL averages whole boxes, and rounds ties up where we round them to even.
by_gdal() {
    local factor
    ours generate in.tif --size 240x120x3 --type u8 --pattern noise --seed 6 --overwrite
    for factor in 2 3 5; do
        what="gdal_translate -r average, $factor"
        theirs gdal_translate -q -r average -outsize $((240 / factor)) $((120 / factor)) in.tif theirs.tif &&
            gdal_samples theirs.tif wanted.img && ours shrink in.tif out.tif --factor $factor --overwrite &&
            our_samples out.tif got.img && apart 1 u8
    done
}

if has_numpy; then by_numpy; fi
if has vips; then by_vips; fi
if has gdal_translate python3; then by_gdal; fi
