# shellcheck shell=bash disable=SC2034,SC2046,SC2154
# Histograms, percentiles, and what is made of histograms, against vips, numpy and OpenCV.

# tell WORD...: rasterctl's answer on stdout.
tell() { "$rasterctl" "$@" --json --quiet >ours.json 2>"$log" || fail "$what: $(head -n 3 "$log")"; }

# silent WORD...: a program that compares, and prints what differs.
silent() {
    theirs "$@"
    [ ! -s "$log.out" ] || fail "$what: $(head -n 3 "$log.out" | tr '\n' ' ')"
}

by_vips() {
    local size
    for size in 331x217x3 640x480 97x89x4; do
        what="counts of $size"
        ours generate in.tif --size $size --pattern noise --overwrite
        theirs vips hist_find in.tif found.v && vips_samples found.v vips.img && tell hist in.tif &&
            silent python3 "$here/counts.py" "$(case $size in *x3) echo 3 ;; *x4) echo 4 ;; *) echo 1 ;; esac)" vips.img \
                ours.json
    done
}

by_numpy() {
    local type
    for type in u8 i8 u16 i16 u32 i32 u64 i64 f32 f64; do
        what="percentiles of $type"
        ours generate in.tif --size 331x217x2 --type $type --pattern noise --overwrite
        our_samples in.tif in.img && tell stats in.tif --percentiles 0,2,25,33.3,50,98,99.99,100 &&
            silent "$python" "$here/hist.py" $type 2 in.img ours.json
    done
}

by_opencv() {
    local size blur
    for size in 640x480 333x217 97x89 3x2 1x1; do
        for blur in 0.4 1.1 4; do
            ours generate noise.tif --size $size --pattern noise --overwrite
            ours gaussblur noise.tif in.tif --sigma $blur --overwrite
            our_samples in.tif in.img
            for what in equalize otsu triangle; do
                theirs ./hist $what "${size%x*}" "${size#*x}" in.img wanted.img
                case $what in
                equalize) ours equalize in.tif out.tif --overwrite ;;
                *) ours threshold in.tif out.tif --value $what --overwrite ;;
                esac
                our_samples out.tif got.img
                alike wanted.img got.img "$size, sigma $blur: other samples than OpenCV has"
            done
        done
    done
}

if has vips python3; then by_vips; fi
if has_numpy; then by_numpy; fi
if has_opencv; then by_opencv; fi
