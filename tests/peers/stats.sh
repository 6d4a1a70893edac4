# shellcheck shell=bash disable=SC2034,SC2086,SC2154
# What `rasterctl stats` finds, against what GDAL and vips find.

# judged PEER FILE: `rasterctl stats FILE` is what the peer's answer says.
judged() {
    "$rasterctl" stats in.tif --json --quiet >ours.json 2>"$log" || { fail "$what: $(head -n 3 "$log")"; return; }
    theirs python3 "$here/statistics.py" "$1" ours.json "$2"
    [ ! -s "$log.out" ] || fail "$what: $1: $(cat "$log.out")"
}

by_gdal() {
    theirs gdalinfo -json -stats --config GDAL_PAM_ENABLED NO in.tif && mv "$log.out" gdal.json && judged gdal gdal.json
}

by_vips() {
    theirs vips stats in.tif vips.csv && judged vips vips.csv
}

# GDAL 3.6 knows no bytes with a sign, and makes doubles of 64 bits; vips reads none of 64 bits.
everything() {
    local type layout nodata
    for type in u8 i8 u16 i16 u32 i32 u64 i64 f32 f64; do
        for layout in "" "--tile 64x32" "--planar --strip 9" "--compression deflate"; do
            what="$type $layout"
            ours generate in.tif --size 331x217x3 --type $type --pattern noise --overwrite $layout
            case $type in i8 | u64 | i64) ;; *) by_gdal ;; esac
            case $type in u64 | i64 | f64) ;; *) by_vips ;; esac
        done
    done
    for type in u8 i16 f32; do
        for nodata in 0 7 100; do
            what="$type, nodata $nodata"
            ours generate noise.tif --size 331x217x2 --type u8 --pattern noise --overwrite
            ours cast noise.tif in.tif --type $type --nodata $nodata --overwrite
            by_gdal
        done
    done
}

if has python3 gdalinfo vips; then everything; fi
