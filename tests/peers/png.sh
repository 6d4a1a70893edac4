# shellcheck shell=bash disable=SC2034,SC2086,SC2154
# PNGs: those of rasterctl read by pngcheck, vips, GraphicsMagick and GDAL; and theirs, interlaced and with palettes
# too, read by rasterctl.

# The inputs, TYPE.BANDS.pam and the samples of each as TYPE.BANDS.raw. PAM has a name for alpha.
inputs() {
    local type bands kinds=(- GRAYSCALE GRAYSCALE_ALPHA RGB RGB_ALPHA) largest
    for type in u8 u16; do
        [ $type = u8 ] && largest=255 || largest=65535
        for bands in 1 2 3 4; do
            ours generate in.tif --size 203x157x$bands --type $type --seed 4 --overwrite \
                --pattern "$([ $bands -gt 2 ] && echo gradient || echo noise)"
            our_samples in.tif $type.$bands.raw
            ours convert in.tif big.raw --byte-order big --chunky --overwrite
            {
                printf 'P7\nWIDTH 203\nHEIGHT 157\nDEPTH %d\nMAXVAL %d\nTUPLTYPE %s\nENDHDR\n' \
                    $bands $largest ${kinds[bands]}
                cat big.raw
            } >$type.$bands.pam
        done
    done
}

# accepted FILE SAMPLES BANDS: every program takes the PNG and finds the samples.
accepted() {
    if [ -n "$pngcheck" ]; then theirs pngcheck -q "$1"; fi
    if [ -n "$vips" ]; then vips_samples "$1" got.img && alike "$2" got.img "vips reads other samples"; fi
    if [ -n "$gdal" ]; then gdal_samples "$1" got.img && alike "$2" got.img "GDAL reads other samples"; fi
    if [ -n "$gm" ]; then
        theirs gm identify "$1"
        # PNM has names for one and for three bands.
        case $3 in
        1 | 3)
            theirs gm convert "$1" "got.$3.pnm" && our_samples "got.$3.pnm" got.img &&
                alike "$2" got.img "gm reads other samples"
            ;;
        esac
    fi
}

colours() { gdalinfo "$1" | grep '^ *[0-9]*: '; }

written() {
    local type bands level
    for type in u8 u16; do
        for bands in 1 2 3 4; do
            for level in "" "--level 9"; do
                what="convert $type.$bands.pam out.png $level"
                ours $what --overwrite && accepted out.png $type.$bands.raw $bands
            done
        done
    done
    what="palette"
    if [ -n "$gm" ]; then
        theirs gm convert u8.3.pam -colors 200 +matte -type Palette palette.png
        ours convert palette.png out.png --overwrite
        if [ -n "$pngcheck" ]; then theirs pngcheck -q out.png; fi
        if [ -n "$vips" ]; then
            vips_samples palette.png wanted.img && vips_samples out.png got.img
            alike wanted.img got.img "vips sees other colours in our copy"
        fi
        if [ -n "$gdal" ]; then
            read_alike palette.png gdal
            gdal_samples palette.png wanted.img && gdal_samples out.png got.img
            alike wanted.img got.img "GDAL sees other indices in our copy"
            [ "$(colours palette.png)" = "$(colours out.png | head -n 200)" ] ||
                fail "GDAL sees another colour table in our copy"
        fi
    fi
    what=
}

read_back() {
    local type bands bits options
    for type in u8 u16; do
        for bands in 1 2 3 4; do
            ours convert $type.$bands.pam in.tif --overwrite
            if [ -n "$vips" ]; then
                for options in "[filter=all]" "[compression=1,filter=all,interlace]"; do
                    what="vips copy $type.$bands theirs.png$options"
                    theirs vips copy in.tif "theirs.png$options" && read_alike theirs.png vips
                done
            fi
            if [ -n "$gdal" ]; then
                what="gdal_translate -of PNG $type.$bands"
                theirs gdal_translate -q -of PNG -co ZLEVEL=$((bands * 2)) in.tif theirs.png &&
                    read_alike theirs.png gdal
            fi
            if [ -n "$gm" ]; then
                what="gm convert -interlace Line $type.$bands"
                theirs gm convert -interlace Line $type.$bands.pam theirs.png &&
                    our_samples theirs.png got.img && alike $type.$bands.raw got.img "other samples than those written"
            fi
        done
    done
    # A value that stands for transparent becomes alpha, as vips has it too.
    if [ -n "$gdal" ] && [ -n "$vips" ]; then
        for type in u8.1 u8.3 u16.1 u16.3; do
            what="gdal_translate -of PNG -a_nodata 7 $type"
            ours convert $type.pam in.tif --overwrite
            theirs gdal_translate -q -of PNG -a_nodata 7 in.tif theirs.png && read_alike theirs.png vips
        done
    fi
    # Fewer bits: of gray, vips spreads them over the byte as rasterctl does; of a palette, GDAL reads the index.
    ours convert u8.1.pam in.tif --overwrite
    if [ -n "$vips" ]; then
        for bits in 1 2 4; do
            for options in "" ",interlace"; do
                what="vips copy u8.1 theirs.png[bitdepth=$bits$options]"
                theirs vips copy in.tif "theirs.png[bitdepth=$bits$options]" && read_alike theirs.png vips
            done
            what="vips copy u8.1 theirs.png[palette,bitdepth=$bits]"
            theirs vips copy in.tif "theirs.png[palette,bitdepth=$bits]"
            if [ -n "$gdal" ]; then read_alike theirs.png gdal; fi
        done
    fi
    what=
}

pngcheck='' vips='' gdal='' gm=''
if has pngcheck; then pngcheck=1; fi
if has vips; then vips=1; fi
if has gdal_translate gdalinfo; then gdal=1; fi
if has gm; then gm=1; fi
if [ -n "$ran" ]; then inputs; written; read_back; fi
