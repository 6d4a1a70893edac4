# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2154
# Erosion, dilation and what is made of them, against OpenCV, whose BORDER_REPLICATE is our default border, and against
# the ranks of vips. All of it is to be the same, bit by bit.

# alike_with NAME WORD...: the same as a peer's samples in wanted.img.
alike_with() {
    local name=$1
    shift
    what="$name, $*"
    ours "$@" --overwrite && our_samples out.tif got.img && alike wanted.img got.img "other samples than $name has"
}

by_opencv() {
    local type operation shape size
    for type in u8 i16 f32; do
        ours generate in.tif --size 231x117x3 --type $type --pattern noise --overwrite
        our_samples in.tif in.img
        for operation in erode dilate open close tophat blackhat gradient; do
            for shape in square disk cross; do
                for size in 3x3 9x31; do
                    theirs ./morph $operation $shape $size $type 231 117 3 in.img wanted.img &&
                        alike_with OpenCV $operation in.tif out.tif --size $size --shape $shape
                done
            done
        done
    done
}

# vips reads no samples of 64 bits, and counts wrong where bytes of several bands have windows of more than 90 pixels.
by_vips() {
    local type size
    for type in u8 i16 u32 f32; do
        ours generate in.tif --size 131x77x2 --type $type --pattern noise --overwrite
        for size in 3x3 7x5 9x9; do
            theirs vips rank in.tif least.v ${size%x*} ${size#*x} 0 && vips_samples least.v wanted.img &&
                alike_with vips erode in.tif out.tif --size $size
            theirs vips rank in.tif most.v ${size%x*} ${size#*x} $((${size%x*} * ${size#*x} - 1)) &&
                vips_samples most.v wanted.img && alike_with vips dilate in.tif out.tif --size $size
        done
    done
}

if has_opencv; then by_opencv; fi
if has vips; then by_vips; fi
