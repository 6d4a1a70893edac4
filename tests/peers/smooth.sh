# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2154
# Averages against OpenCV, whose BORDER_REPLICATE is our default border, and the Gaussian against vips. All of them round
# in their own ways: integers are within a level, those of vips within two; floats within a part of their greatest value.

# like_opencv MOST TYPE BANDS NAME ARGUMENT WORD...
like_opencv() {
    local most=$1 type=$2 bands=$3 name=$4 argument=$5
    shift 5
    what="OpenCV, $type, $*"
    ours "$1" in.tif out.tif "${@:2}" --overwrite && our_samples out.tif got.img &&
        theirs ./smooth "$name" "$argument" "$type" 231 117 "$bands" in.img wanted.img && apart "$most" "$type"
}

by_opencv() {
    local type most sigma kernel='1 2 0 -2 -1; 2 4 8 -4 -2; 1 2 0 -2 -1'
    for type in u8 u16 f32; do
        case $type in f32) most=2e-5 ;; *) most=1 ;; esac
        ours generate in.tif --size 231x117x3 --type $type --pattern noise --seed 6 --overwrite
        our_samples in.tif in.img
        for sigma in 0.5 1 2.5 3.7 8 20; do
            like_opencv $most $type 3 gauss $sigma gaussblur --sigma $sigma
        done
        like_opencv $most $type 3 box 1 box --radius 1
        like_opencv $most $type 3 box 17 box --radius 17
        like_opencv $most $type 3 conv - conv --kernel "$kernel" --divisor 8
    done
    ours generate noise.tif --size 231x117x3 --type u8 --pattern noise --seed 6 --overwrite
    ours gaussblur noise.tif in.tif --sigma 1.5 --overwrite
    our_samples in.tif in.img
    like_opencv 1 u8 3 bilateral 3,20 bilateral --sigma-space 3 --sigma-range 20
    like_opencv 1 u8 3 bilateral 1.5,60 bilateral --sigma-space 1.5 --sigma-range 60
}

# vips cuts off where the Gaussian falls below a given part of its middle: at 3 sigma it is 0.0111.
by_vips() {
    local sigma
    ours generate in.tif --size 231x117x3 --type u8 --pattern noise --seed 6 --overwrite
    for sigma in 1 2 3; do
        what="vips, sigma $sigma"
        ours gaussblur in.tif out.tif --sigma $sigma --overwrite && our_samples out.tif got.img &&
            theirs vips gaussblur in.tif theirs.v $sigma --min-ampl 0.0111 --precision float &&
            theirs vips cast theirs.v rounded.v uchar && vips_samples rounded.v wanted.img && apart 2 u8
    done
}

if has_opencv; then by_opencv; fi
if has vips python3; then by_vips; fi
