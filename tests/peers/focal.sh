# shellcheck shell=bash disable=SC2034,SC2086,SC2154
# focal and reclassify against numpy, in double. Of whole numbers and the extremes nothing may differ but the last
# digits of a quotient or a root.
# agrees TOLERANCE WORD...: rasterctl's result in doubles is that of numpy, in wanted.img.
agrees() {
    local tolerance=$1
    shift
    ours "$@" --overwrite && our_samples out.tif got.img || return
    theirs "$python" "$here/focal.py" compare $tolerance wanted.img got.img
    [ ! -s "$log.out" ] || fail "$what: $(cat "$log.out")"
}

by_numpy() {
    local type kind stat size tolerance
    while read -r type kind tolerance; do
        ours generate in.tif --size 41x23x2 --type $type --pattern noise --overwrite
        our_samples in.tif in.img
        for size in 3x3 9x5; do
            for stat in mean sum min max range stddev variance entropy; do
                what="focal --stat $stat --size $size of $type"
                theirs "$python" "$here/focal.py" $stat ${size%x*} ${size#*x} $kind 41 23 2 in.img wanted.img &&
                    agrees $tolerance focal in.tif out.tif --stat $stat --size $size --type f64
            done
        done
        what="reclassify of $type"
        theirs "$python" "$here/focal.py" reclassify 0 0 $kind 41 23 2 in.img wanted.img &&
            agrees 0 reclassify in.tif out.tif --map "-inf-0=1,0-10=2,77=3,100-200=4,else=5" --type f64
    done <<'END'
u8 uint8 1e-9
i8 int8 1e-9
u16 uint16 1e-4
i16 int16 1e-4
f32 float32 1e-3
f64 float64 1e-3
END
}

if has_numpy; then by_numpy; fi
