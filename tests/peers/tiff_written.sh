# shellcheck shell=bash disable=SC2034,SC2086,SC2154
# TIFFs of rasterctl, read by libtiff's tiffinfo, by GDAL and by vips: every compression with every type and predictor,
# and every two of bands, tiles, planes, byte order and BigTIFF, each also with every compression and every type.

# accepted FILE SAMPLES TYPE: no program complains of the file, and those that read it find the samples.
accepted() {
    if [ -n "$tiffinfo" ]; then
        # Tiles of subsampled colours are beyond what tiffinfo decodes.
        case $what in
        *jpeg*tile*) theirs tiffinfo "$1" ;;
        *) theirs tiffinfo -D "$1" ;;
        esac
    fi
    if [ -n "$gdal" ]; then
        gdal_samples "$1" got.img && alike "$2" got.img "GDAL reads other samples"
    fi
    # libvips 8.14 reads neither TIFFs of doubles, its own included, nor tiles in planes.
    case $3$what in
    f64* | *.3.tif*tile*planar*) ;;
    *) [ -z "$vips" ] || { vips_samples "$1" got.img && alike "$2" got.img "vips reads other samples"; } ;;
    esac
}

# layout N: the options of the N-th row of an orthogonal array of five properties in eight rows. Sets bands too.
layout() {
    local a=$(($1 & 1)) b=$(($1 >> 1 & 1)) c=$(($1 >> 2 & 1))
    local sides=("--strip 13" "--tile 64x32") planes=(--chunky --planar) orders=(little big) sizes=(no yes)
    bands=$((a ? 1 : 3))
    options="${sides[b]} ${planes[c]} --byte-order ${orders[a ^ b]} --big-tiff ${sizes[a ^ c]}"
}

lossless() {
    local types=(u8 u16 i16 u32 f32 f64) compressions=(none packbits lerc lzw deflate zstd lzma)
    local predictor t c bands options type count=0
    for type in "${types[@]}"; do
        for bands in 1 3; do
            # What compresses well in one, what does not in the other.
            ours generate "$type.$bands.tif" --size 203x157x$bands --type "$type" --seed 5 \
                --pattern "$([ "$bands" = 3 ] && echo gradient || echo noise)"
            our_samples "$type.$bands.tif" "$type.$bands.raw"
        done
    done
    for predictor in none horizontal float; do
        for ((t = 0; t < ${#types[@]}; t++)); do
            for ((c = 0; c < ${#compressions[@]}; c++)); do
                [ $predictor = none ] || [ $c -ge 3 ] || continue
                case $predictor in
                horizontal) [ $t -lt 4 ] || continue ;;
                float) [ $t -ge 4 ] || continue ;;
                esac
                type=${types[t]}
                layout $((t + c))
                # Readers take LERC's samples in their own byte order.
                [ "${compressions[c]}" != lerc ] || options=${options/order big/order native}
                what="convert $type.$bands.tif out.tif --compression ${compressions[c]} --predictor $predictor $options"
                ours $what --overwrite || continue
                accepted out.tif "$type.$bands.raw" "$type"
                count=$((count + 1))
                if [ -n "$gdalcompare" ] && [ $((count % 9)) = 0 ]; then
                    # Its exit status counts the differences, and two files of other bytes are one.
                    [ "$(gdalcompare.py "$type.$bands.tif" out.tif 2>&1 | tr -d '\n')" = \
                        "Files differ at the binary level.Differences Found: 1" ] ||
                        fail "$what: gdalcompare.py differs"
                fi
            done
        done
    done
    what=
    [ $count = 66 ] || fail "$count combinations were written instead of 66"
}

lossy() {
    local bands options compression
    for bands in 1 3; do
        ours generate soft.$bands.tif --size 203x157x$bands --pattern gradient
        our_samples soft.$bands.tif soft.$bands.raw
        for options in "--strip 16" "--tile 64x32 --big-tiff yes" "--strip 32 --planar --byte-order big"; do
            for compression in jpeg webp; do
                # Both hold the bands of a pixel side by side, and WebP three or four of them.
                case $compression$bands$options in
                webp1* | *3*planar*) continue ;;
                esac
                what="convert soft.$bands.tif out.tif --compression $compression --quality 90 $options"
                ours $what --overwrite || continue
                our_samples out.tif ours.raw
                [ "$(mean_difference soft.$bands.raw ours.raw)" -le 3 ] || fail "$what: far from the original"
                accepted out.tif ours.raw u8
            done
        done
    done
}

# Holes read as zeros; what is not zero is there.
sparse() {
    local options
    head -c 2400000 /dev/zero | tr '\0' '\377' >white.raw
    printf 'a few dark samples' | dd of=white.raw bs=1 seek=1700000 conv=notrunc status=none
    for options in "--tile 256x256" "--strip 9 --byte-order big" "--planar --big-tiff yes"; do
        what="invert --sparse $options"
        ours invert white.raw dense.tif --raw 1000x800x3:u8 $options --overwrite
        ours invert white.raw sparse.tif --raw 1000x800x3:u8 $options --overwrite --sparse || continue
        our_samples dense.tif dense.raw
        accepted sparse.tif dense.raw u8
        [ -z "$gdal" ] || [ "$(checksums sparse.tif)" = "$(checksums dense.tif)" ] || fail "$what: other checksums"
    done
    what=
}

tiffinfo='' gdal='' vips='' gdalcompare=''
if has tiffinfo; then tiffinfo=1; fi
if has gdal_translate; then gdal=1; fi
if has gdalcompare.py; then gdalcompare=1; fi
if has vips; then vips=1; fi
if [ -n "$ran" ]; then lossless; lossy; sparse; fi
