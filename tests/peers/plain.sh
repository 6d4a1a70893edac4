# shellcheck shell=bash disable=SC2034,SC2086,SC2154
# Formats that map as they are, and files beside them: GDAL opens them, and finds samples, place and nodata as in the
# original; and the other way.

# original TYPE BANDS: makes geo.tif, its samples geo.raw and its place.
original() {
    ours generate plain.tif --size 203x157x"$2" --type "$1" --seed 5 --overwrite
    theirs gdal_translate -q -a_srs EPSG:32633 -a_ullr 500000 4600000 502030 4598430 -a_nodata 7 plain.tif geo.tif
    our_samples geo.tif geo.raw
    place=$(rough_place geo.tif)
    [[ $place == *proj*Origin*Pixel*NoData* ]] || fail "no place to look for: $place"
}

# opened FILE [PART]: GDAL finds the samples of geo.tif, and its place; only those lines of it that match PART.
opened() {
    gdal_samples "$1" got.img && alike geo.raw got.img "GDAL reads other samples from $1"
    [ "$(rough_place "$1" | grep "${2:-.}")" = "$(grep "${2:-.}" <<<"$place")" ] ||
        fail "$what: another place: $(rough_place "$1" | tr '\n' ' ')"
}

# written NAME OPTION...: geo.tif is converted into that, alone in its folder.
written() {
    what="convert $type.$bands $*"
    rm -f out.*
    ours convert geo.tif "$@"
}

mapped() {
    local bands=3 count=0 order orders=(little big) planes=(--chunky --planar) name type
    for type in u8 u16 i16 u32 i32 f32 f64; do
        bands=$((4 - bands))
        original $type $bands
        for name in out.envi out.bil out.bip out.bsq "vrt" "envi" "esri"; do
            count=$((count + 1))
            # GDAL 3.6 reads no doubles with ESRI's headers.
            case $type$name in f64out.b* | f64esri) continue ;; esac
            order=${orders[count & 1]}
            case $name in
            out.*) written "$name" --byte-order "$order" && opened "$name" ;;
            *)
                written out.raw --sidecar "$name" --byte-order "$order" "${planes[count >> 1 & 1]}" || continue
                if [ "$name" = vrt ]; then opened out.vrt; else opened out.raw; fi
                ;;
            esac
        done
    done
}

beside() {
    local type bands
    for type in u8 u16; do
        bands=1
        original $type 1
        written out.pgm && opened out.pgm None
        # In the sidecar of a PNM GDAL looks for no transform, not even in its own; and for no world file but .wld.
        written out.pgm --sidecar aux && opened out.pgm 'NoData\|proj'
        written out.pgm --sidecar world && opened out.pgm 'Origin\|Pixel'
        written out.png --sidecar aux && opened out.png
        bands=3
        original $type 3
        written out.ppm --sidecar aux && opened out.ppm 'NoData\|proj'
        written out.ppm --sidecar world && opened out.ppm 'Origin\|Pixel'
        written out.png --sidecar aux && opened out.png
        # Of a PNG GDAL reads no .prj.
        written out.png --sidecar world && opened out.png 'Origin\|Pixel'
    done
    what=
}

# ours_of FILE: what rasterctl makes of another program's file, as a TIFF, has that file's samples and place.
ours_of() {
    read_alike "$1" gdal
    ours convert "$1" ours.tif --overwrite || return 0
    [ "$(rough_place ours.tif | grep "${2:-.}")" = "$(rough_place "$1" | grep "${2:-.}")" ] ||
        fail "$what: another place: $(rough_place ours.tif | tr '\n' ' ')"
}

# translated FORMAT FILE OPTION...: gdal_translate makes that of geo.tif.
translated() {
    local format=$1 file=$2
    shift 2
    what="gdal_translate -of $format $* $type.tif $file"
    rm -f theirs.*
    theirs gdal_translate -q -of "$format" "$@" geo.tif "$file"
}

read_back() {
    local type interleaves=(BIP BIL BSQ) count=0
    for type in u8 u16 i16 u32 i32 f32 f64; do
        original $type 3
        count=$((count + 1))
        translated ENVI theirs.envi -co INTERLEAVE="${interleaves[count % 3]}" && ours_of theirs.envi
        # GDAL 3.6 writes no doubles with ESRI's headers.
        if [ $type != f64 ]; then translated EHdr theirs.bil && ours_of theirs.bil; fi
    done
    for type in u8 u16; do
        original $type 3
        translated PNM theirs.ppm && ours_of theirs.ppm 'NoData\|proj'
        translated PNG theirs.png -a_nodata none -co WORLDFILE=YES && ours_of theirs.png
    done
    what=
}

if has gdal_translate gdalinfo; then mapped; beside; read_back; fi
