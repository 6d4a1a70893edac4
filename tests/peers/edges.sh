# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2154
# Edges against OpenCV, whose BORDER_REPLICATE is our default border: the same bit by bit, but that floats may differ in
# their last bits. And against vips, whose operators are others: roughly the same pixels.

alike_with_opencv() {
    what="OpenCV, $*"
    ours "$@" --overwrite && our_samples out.tif got.img && alike wanted.img got.img "other samples than OpenCV has"
}

canny_by_opencv() {
    local sigma low high norm
    for sigma in 0 1 3; do
        if [ $sigma = 0 ]; then cp noise.tif in.tif; else ours gaussblur noise.tif in.tif --sigma $sigma --overwrite; fi
        our_samples in.tif in.img
        for norm in l1 l2; do
            while read -r low high; do
                theirs ./edges canny 231 117 3 $low $high $norm in.img wanted.img &&
                    alike_with_opencv canny in.tif out.tif --sigma 0 --low $low --high $high --norm $norm
            done <<END
0 0
10 30
50 150
99.5 100
300 800
END
        done
    done
}

operators_by_opencv() {
    local type operation
    for type in u8 u16 i16; do
        ours generate in.tif --size 231x117x3 --type $type --pattern noise --overwrite
        our_samples in.tif in.img
        for operation in sobel scharr prewitt "laplacian --neighbours 4" "laplacian --neighbours 8"; do
            local name=${operation/ --neighbours /}
            set -- $operation
            theirs ./edges $name 231 117 3 $type 0 - in.img wanted.img &&
                alike_with_opencv "$1" in.tif out.tif "${@:2}"
        done
    done
}

by_opencv() {
    ours generate noise.tif --size 231x117x3 --seed 4
    canny_by_opencv
    operators_by_opencv
}

# vips sobel is the greater one of both derivatives, or their sum, and halves it: where ours is dark, so is theirs.
by_vips() {
    what="vips sobel"
    ours generate flat.tif --size 200x100x1 --pattern checker --overwrite
    ours sobel flat.tif out.tif --overwrite && our_samples out.tif got.img
    theirs vips sobel flat.tif theirs.v && vips_samples theirs.v wanted.img || return
    python3 - got.img wanted.img >"$log.out" <<'END'
import sys
ours, theirs = (open(path, "rb").read() for path in sys.argv[1:])
apart = sum((a == 0) != (b == 0) for a, b in zip(ours, theirs))
if len(ours) != len(theirs) or apart > len(ours) // 50:
    print(f"{apart} of {len(ours)} pixels are edges to one alone")
END
    [ ! -s "$log.out" ] || fail "$what: $(cat "$log.out")"
}

if has_opencv; then by_opencv; fi
if has vips python3; then by_vips; fi
