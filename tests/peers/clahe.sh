# shellcheck shell=bash disable=SC2034,SC2046,SC2086,SC2154
# clahe against OpenCV's createCLAHE: the same bytes, also where it mirrors the edge to fill the last tiles.
by_opencv() {
    local type size tiles clip pattern
    for type in u8 u16; do
        for size in 640x480 641x483 640x483 333x217 97x89 3x2 1x1; do
            for pattern in noise gradient; do
                ours generate in.tif --size $size --type $type --pattern $pattern --overwrite
                our_samples in.tif in.img
                while read -r tiles clip; do
                    what="$type, $size, $pattern, tiles $tiles, clip $clip"
                    ours clahe in.tif out.tif --tiles $tiles --clip $clip --overwrite && our_samples out.tif got.img &&
                        theirs ./clahe $type ${size%x*} ${size#*x} ${tiles%x*} ${tiles#*x} $clip in.img wanted.img &&
                        alike wanted.img got.img "other samples than OpenCV has"
                done <<'END'
8x8 2
8x8 40
5x3 1.5
1x1 3
2x4 0
END
            done
        done
    done
}

if has_opencv; then by_opencv; fi
