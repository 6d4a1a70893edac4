# shellcheck shell=bash disable=SC2034,SC2046,SC2154
# Medians against OpenCV's, and ranks against those of vips, both of which repeat the pixels at the edges, as is our
# default. All of it is to be the same, bit by bit.

# alike_with NAME WORD...: the same as a peer's samples in wanted.img.
alike_with() {
    local name=$1
    shift
    what="$name, $*"
    ours "$@" --overwrite && our_samples out.tif got.img && alike wanted.img got.img "other samples than $name has"
}

# OpenCV takes windows beyond 5 x 5 on bytes alone.
by_opencv() {
    local type size sizes
    for type in u8 u16 f32; do
        ours generate in.tif --size 231x117x3 --type $type --pattern noise --overwrite
        our_samples in.tif in.img
        sizes="3 5"
        [ $type != u8 ] || sizes="3 5 7 11 21 31 99"
        for size in $sizes; do
            theirs ./rank "$size" $type 231 117 3 in.img wanted.img &&
                alike_with OpenCV median in.tif out.tif --size "$size"
        done
    done
}

# vips 8.14 reads no f64 that we write. On bytes it counts where windows are larger, and is wrong there: OpenCV and a
# plain sort of the window say so.
by_vips() {
    local type size sizes index
    for type in u8 i8 u16 i16 u32 i32 f32; do
        ours generate in.tif --size 131x77x2 --type $type --pattern noise --overwrite
        sizes="3x3 4x2"
        [ $type = u8 ] || sizes="3x3 4x2 7x5 11x11 31x33"
        for size in $sizes; do
            for index in 0 3 $((${size%x*} * ${size#*x} / 2)); do
                theirs vips rank in.tif rank.v "${size%x*}" "${size#*x}" "$index" && vips_samples rank.v wanted.img &&
                    alike_with vips rank in.tif out.tif --size "$size" --index "$index"
            done
        done
    done
}

if has_opencv; then by_opencv; fi
if has vips; then by_vips; fi
