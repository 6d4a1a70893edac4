# shellcheck shell=bash disable=SC2034,SC2086,SC2154
# TIFFs of GDAL and of vips, read by rasterctl: the samples that the writer reads itself.

gdal_files() {
    local type bands base option options words
    for type in u8 u16 i16 u32 i32 f32 f64; do
        for bands in 1 3; do
            ours generate $type.$bands.tif --size 203x157x$bands --type $type --seed 8
            ours generate $type.$bands.soft.tif --size 203x157x$bands --type $type --pattern gradient
        done
    done
    # Values of the fewer bits: 0 and 1, 0 to 15, 0 to 4095.
    theirs gdal_translate -q -scale 0 255 0 1 u8.1.tif 1bit.tif
    theirs gdal_translate -q -scale 0 255 0 15 u8.3.tif 4bit.tif
    theirs gdal_translate -q -scale 0 65535 0 4095 u16.3.tif 12bit.tif
    theirs gdal_translate -q -scale 0 65535 0 4095 u16.1.tif 12bit.1.tif
    # Surrounded by nothing, which a sparse file leaves out.
    theirs gdal_translate -q -srcwin -200 -100 600 500 u8.3.tif island.tif
    theirs gdal_translate -q -srcwin -200 -100 600 500 -a_nodata -9 f32.1.tif island.f32.tif

    while read -r base options; do
        what="gdal_translate $base theirs.tif -co $options"
        words=()
        for option in $options; do words+=(-co "$option"); done
        theirs gdal_translate -q "$base" theirs.tif "${words[@]}" || continue
        read_alike theirs.tif gdal
    done <<END
u8.1.tif COMPRESS=LZW
u8.3.tif COMPRESS=LZW PREDICTOR=2
u16.3.tif COMPRESS=LZW PREDICTOR=2 TILED=YES BLOCKXSIZE=64 BLOCKYSIZE=32 ENDIANNESS=BIG
i16.3.tif COMPRESS=LZW PREDICTOR=2 INTERLEAVE=BAND BIGTIFF=YES
f32.1.tif COMPRESS=LZW PREDICTOR=3 ENDIANNESS=BIG
u8.3.soft.tif COMPRESS=DEFLATE TILED=YES INTERLEAVE=BAND
u16.1.soft.tif COMPRESS=DEFLATE PREDICTOR=2 ZLEVEL=9
u32.3.tif COMPRESS=DEFLATE PREDICTOR=2 TILED=YES ENDIANNESS=BIG BIGTIFF=YES
i32.1.tif COMPRESS=DEFLATE PREDICTOR=2 INTERLEAVE=BAND
f32.3.tif COMPRESS=DEFLATE PREDICTOR=2
f32.3.soft.tif COMPRESS=DEFLATE PREDICTOR=3 TILED=YES
f64.3.tif COMPRESS=DEFLATE PREDICTOR=3 ENDIANNESS=BIG INTERLEAVE=BAND
f64.1.tif COMPRESS=DEFLATE PREDICTOR=2 TILED=YES
u8.3.soft.tif COMPRESS=ZSTD PREDICTOR=2 TILED=YES
i16.1.tif COMPRESS=ZSTD ENDIANNESS=BIG
f64.3.soft.tif COMPRESS=ZSTD PREDICTOR=3 INTERLEAVE=BAND BIGTIFF=YES
u16.3.tif COMPRESS=LZMA TILED=YES
f32.1.soft.tif COMPRESS=LZMA PREDICTOR=3
u8.3.tif COMPRESS=PACKBITS INTERLEAVE=BAND
u16.3.soft.tif COMPRESS=PACKBITS TILED=YES ENDIANNESS=BIG
u8.1.soft.tif COMPRESS=JPEG
u8.3.soft.tif COMPRESS=JPEG PHOTOMETRIC=YCBCR TILED=YES
u8.3.soft.tif COMPRESS=JPEG PHOTOMETRIC=YCBCR BLOCKYSIZE=16
u8.3.tif COMPRESS=JPEG JPEG_QUALITY=90
u8.3.soft.tif COMPRESS=JPEG INTERLEAVE=BAND TILED=YES
u8.3.soft.tif COMPRESS=WEBP TILED=YES
u8.3.tif COMPRESS=LERC TILED=YES
f32.1.tif COMPRESS=LERC
f32.3.soft.tif COMPRESS=LERC MAX_Z_ERROR=0.5 INTERLEAVE=BAND
u16.3.tif COMPRESS=LERC_DEFLATE
f64.1.soft.tif COMPRESS=LERC_ZSTD TILED=YES BIGTIFF=YES
1bit.tif NBITS=1
1bit.tif NBITS=1 COMPRESS=DEFLATE TILED=YES
1bit.tif NBITS=1 COMPRESS=LZW PHOTOMETRIC=MINISWHITE
4bit.tif NBITS=4
4bit.tif NBITS=4 COMPRESS=PACKBITS INTERLEAVE=BAND
4bit.tif NBITS=4 COMPRESS=DEFLATE TILED=YES BLOCKXSIZE=48 BLOCKYSIZE=16
12bit.tif NBITS=12
12bit.tif NBITS=12 COMPRESS=DEFLATE TILED=YES ENDIANNESS=BIG
12bit.1.tif NBITS=12 COMPRESS=LZW INTERLEAVE=BAND
island.tif SPARSE_OK=TRUE TILED=YES BLOCKXSIZE=64 BLOCKYSIZE=64
island.tif SPARSE_OK=TRUE TILED=YES BLOCKXSIZE=64 BLOCKYSIZE=64 COMPRESS=DEFLATE
island.tif SPARSE_OK=TRUE BLOCKYSIZE=16 COMPRESS=ZSTD INTERLEAVE=BAND
island.f32.tif SPARSE_OK=TRUE TILED=YES BLOCKXSIZE=64 BLOCKYSIZE=64 COMPRESS=LZW PREDICTOR=3
END
    what=
}

vips_files() {
    local base options bands type
    for type in u8 u16 f32; do
        for bands in 1 3; do
            ours generate $type.$bands.tif --size 203x157x$bands --type $type --seed 8 --overwrite
            ours generate $type.$bands.soft.tif --size 203x157x$bands --type $type --pattern gradient --overwrite
        done
    done
    while read -r base options; do
        what="vips copy $base theirs.tif$options"
        theirs vips copy "$base" "theirs.tif$options" || continue
        read_alike theirs.tif vips
    done <<END
u8.3.tif [compression=lzw]
u8.3.tif [compression=deflate,tile,tile-width=64,tile-height=32]
u16.3.soft.tif [compression=lzw,predictor=horizontal,tile,bigtiff]
f32.1.tif [compression=deflate,predictor=float]
f32.3.tif [compression=deflate,predictor=none,tile]
u8.1.tif [compression=packbits]
u16.1.tif [compression=zstd,tile]
u8.3.soft.tif [compression=jpeg,tile]
u8.3.soft.tif [compression=jpeg,Q=95]
u8.1.soft.tif [compression=jpeg,tile,pyramid]
u8.3.soft.tif [compression=webp,tile,lossless]
u8.3.tif [compression=deflate,tile,pyramid,subifd]
END
    what=
}

if has gdal_translate; then gdal_files; fi
if has vips; then vips_files; fi
