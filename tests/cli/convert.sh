# convert: every option of outputs, by what it does to the file; types and bands; pages and sub-images by name.
size() { stat -c %s "$1"; }
# said FILE TEXT: info tells it.
said() {
    expect 0 info "$1"
    stdout_has "$2"
}
# first FILE COUNT: the first bytes, in decimal.
first() { od -An -v -tu1 -N "$2" "$1" | tr -s ' ' | sed 's/^ //; s/ *$//'; }
# alike A B: the same samples, as raw files.
alike() {
    pixels "$1" alike.a
    pixels "$2" alike.b
    same alike.a alike.b
    rm alike.a alike.b
}
expect 0 generate in.tif --size 83x61x3 --seed 3 --quiet
expect 0 generate smooth.tif --size 200x150x3 --pattern gradient --quiet
expect 0 formats
tiff=$(grep -A 2 '^TIFF ' "$out" | sed -n 's/^ *writes: *//p')
[ -n "$tiff" ] || fail "no compression of TIFF is told"

# Formats by extension and by name.
expect 0 convert in.tif out.unknown --format TIFF --quiet
said out.unknown "format:       TIFF"
expect 0 compare in.tif out.unknown
expect 0 convert in.tif out.tiff --format raw --quiet
[ "$(size out.tiff)" -eq $((83 * 61 * 3)) ] || fail "--format raw made no raw file"
expect 0 convert in.tif out.png --format tiff --quiet
said out.png "format:       TIFF"
refuse "--format GIF: one of raw TIFF" convert in.tif out.gif --format GIF
rm out.*


# Every compression that keeps all samples, in strips and in tiles, written and then written as it was.
for name in none packbits lzw deflate zstd lzma webp lerc; do
    case " $tiff " in
    *" $name "*) ;;
    *)
        not_run "--compression $name, which this build does not write"
        continue
        ;;
    esac
    for layout in "--strip 16" "--tile 64x32"; do
        expect 0 convert smooth.tif out.tif --compression $name $layout --overwrite --quiet
        alike smooth.tif out.tif
        expect 0 info out.tif
        case $layout in
        --tile*) stdout_has "tiles of 64 x 32" ;;
        *) stdout_has "strips of 16 rows" ;;
        esac
        case $name in
        none) stdout_has "mapped:       yes" ;;
        *)
            grep -qi "mapped: *no: compressed (.*$name), decoded block by block" "$out" || fail "$name is not told"
            [ $name = packbits ] || [ "$(size out.tif)" -lt "$(size smooth.tif)" ] || fail "$name made nothing smaller"
            ;;
        esac
        case $name in
        webp | lerc) refuse "may lose more each time" convert out.tif again.tif --compression same ;;
        *)
            expect 0 convert out.tif again.tif --compression same --quiet
            same out.tif again.tif
            rm again.tif
            ;;
        esac
    done
done
refuse "--compression rar: one of none packbits lzw" convert smooth.tif new.tif --compression rar
refuse "--compression same: there is no input" generate new.tif --size 4x4 --compression same
broken "it cannot be changed in place" invert out.tif --in-place
stderr_has "write to a new file"
[ ! -e new.tif ] || fail "an output was made"

# Effort and loss.
expect 0 generate noise.tif --size 200x150x3 --quiet
expect 0 pipeline noise.tif soft.tif --quiet box --radius 3 ! linear --scale 0.1
for name in deflate zstd lzma; do
    case " $tiff " in *" $name "*) ;; *) continue ;; esac
    expect 0 convert soft.tif quick.tif --compression $name --level 1 --predictor none --overwrite --quiet
    expect 0 convert soft.tif slow.tif --compression $name --level 9 --predictor none --overwrite --quiet
    alike quick.tif slow.tif
    [ "$(size slow.tif)" -lt "$(size quick.tif)" ] || fail "$name: level 9 is no smaller than level 1"
done
expect 2 convert smooth.tif new.tif --compression lzma --level 12
case " $tiff " in
*" jpeg "*)
    expect 0 convert smooth.tif good.tif --compression jpeg --quality 95 --quiet
    expect 0 convert smooth.tif bad.tif --compression jpeg --quality 20 --quiet
    expect 0 compare smooth.tif good.tif --tolerance 12
    expect 1 compare smooth.tif good.tif
    expect 1 compare smooth.tif bad.tif --tolerance 12
    [ "$(size bad.tif)" -lt "$(size good.tif)" ] || fail "quality 20 is no smaller than quality 95"
    refuse "is compressed with JPEG, which may lose more each time" convert good.tif new.tif --compression same
    ;;
*) not_run "--quality of JPEG" ;;
esac
case " $tiff " in
*" webp "*)
    expect 0 convert smooth.tif good.tif --compression webp --overwrite --quiet
    expect 0 convert smooth.tif bad.tif --compression webp --quality 10 --overwrite --quiet
    expect 0 compare smooth.tif good.tif
    expect 1 compare smooth.tif bad.tif
    ;;
*) not_run "--quality of WebP" ;;
esac
case " $tiff " in
*" lerc "*)
    expect 0 convert in.tif good.tif --compression lerc --overwrite --quiet
    expect 0 convert in.tif bad.tif --compression lerc --max-error 5 --overwrite --quiet
    expect 0 compare in.tif good.tif
    expect 1 compare in.tif bad.tif
    expect 0 compare in.tif bad.tif --tolerance 5
    [ "$(size bad.tif)" -lt "$(size good.tif)" ] || fail "an error of 5 saves nothing"
    ;;
*) not_run "--max-error" ;;
esac
for value in 0 23 x 1.5; do refuse "--level $value: a number from 1 to 22" convert in.tif new.tif --level $value; done
for value in 0 101 best; do refuse "--quality $value: a number from 1" convert in.tif new.tif --quality $value; done
for value in -1 nan inf much; do refuse "--max-error $value: a number from 0 on" convert in.tif new.tif --max-error $value; done

# Predictors.
expect 0 generate float.tif --size 200x150 --type f32 --pattern gradient --quiet
for name in none horizontal auto; do
    expect 0 convert smooth.tif $name.tif --compression deflate --predictor $name --quiet
    alike smooth.tif $name.tif
done
[ "$(size horizontal.tif)" -lt "$(size none.tif)" ] || fail "differences of neighbours are no smaller"
same horizontal.tif auto.tif
expect 0 convert float.tif f.none.tif --compression deflate --predictor none --quiet
expect 0 convert float.tif f.float.tif --compression deflate --predictor float --quiet
alike f.none.tif f.float.tif
[ "$(size f.float.tif)" -lt "$(size f.none.tif)" ] || fail "--predictor float is no smaller"
refuse "--predictor up: one of auto|none|horizontal|float" convert in.tif new.tif --predictor up

# Planes, byte order, BigTIFF.
expect 0 convert in.tif planar.tif --planar --quiet
said planar.tif "band after band"
alike in.tif planar.tif
expect 0 convert planar.tif out.tif --overwrite --quiet
said out.tif "band after band"
expect 0 convert planar.tif out.tif --chunky --overwrite --quiet
said out.tif "interleaved by pixel"
alike in.tif out.tif
expect 0 convert in.tif out.tif --planar --compression lzw --overwrite --quiet
said out.tif "band after band"
alike in.tif out.tif
refuse "--planar and --chunky exclude each other" convert in.tif new.tif --planar --chunky
expect 0 generate wide.tif --size 20x10x2 --type u16 --quiet
for order in little big native; do
    expect 0 convert wide.tif out.tif --byte-order $order --overwrite --quiet
    case $order in
    big) [ "$(first out.tif 4)" = "77 77 0 42" ] || fail "this is no big endian TIFF" ;;
    little) [ "$(first out.tif 4)" = "73 73 42 0" ] || fail "this is no little endian TIFF" ;;
    native) same wide.tif out.tif ;;
    esac
    [ $order = native ] || said out.tif "$order endian"
    alike wide.tif out.tif
    expect 0 convert wide.tif packed.tif --byte-order $order --compression deflate --overwrite --quiet
    alike wide.tif packed.tif
done
expect 0 convert wide.tif le.raw --raw 20x10x2:u16,bip --byte-order little --quiet
expect 0 convert wide.tif be.raw --raw 20x10x2:u16,bip,le --byte-order big --planar --quiet
expect 0 convert be.raw out.tif --raw 20x10x2:u16,bsq,be --overwrite --quiet
alike wide.tif out.tif
differ le.raw be.raw
# A headerless file is in this machine's order whatever the input's is, unless another is told.
expect 0 convert wide.tif native.raw --quiet
expect 0 convert wide.tif big.tif --byte-order big --quiet
expect 0 convert big.tif back.raw --quiet
same native.raw back.raw
rm big.tif native.raw back.raw
refuse "--byte-order middle: one of little|big|native" convert in.tif new.tif --byte-order middle
expect 0 convert wide.tif out.tif --big-tiff yes --overwrite --quiet --byte-order little
[ "$(first out.tif 4)" = "73 73 43 0" ] || fail "this is no BigTIFF"
alike wide.tif out.tif
expect 0 convert out.tif again.tif --big-tiff no --quiet --byte-order little
[ "$(first again.tif 4)" = "73 73 42 0" ] || fail "this is a BigTIFF"
expect 0 convert out.tif again.tif --big-tiff auto --overwrite --quiet --byte-order little
[ "$(first again.tif 4)" = "73 73 42 0" ] || fail "this is a BigTIFF"
refuse "--big-tiff maybe: one of auto|yes|no" convert in.tif new.tif --big-tiff maybe

# None of it goes with --in-place.
for option in "--format TIFF" "--compression lzw" "--level 3" "--quality 50" "--max-error 1" "--predictor none" \
    --planar --chunky "--byte-order big" "--big-tiff yes" "--sidecar aux"; do
    refuse "${option%% *} lays out a new file" invert in.tif --in-place $option
done

# Where compressed pixels are put meanwhile.
mkdir scratch
expect 0 convert smooth.tif packed.tif --compression lzw --scratch-dir scratch --overwrite --quiet
expect 0 convert packed.tif out.tif --scratch-dir scratch --overwrite --quiet
alike smooth.tif out.tif
[ -z "$(ls -A scratch)" ] || fail "scratch was left behind"
broken "nowhere" convert smooth.tif new.tif --compression lzw --scratch-dir nowhere
broken "nowhere" convert packed.tif new.tif --scratch-dir nowhere
refuse "--scratch-dir: the name of a folder is wanted" convert in.tif new.tif --scratch-dir ""
[ ! -e new.tif ] || fail "an output was made"

# Types: saturated, not stretched; the nodata value goes along.
bytes 0 1 255 255 44 1 >t.raw # 256, 65535, 300
expect 0 convert t.raw out.raw --raw 3x1x1:u16,le --type u8 --overwrite --quiet
[ "$(first out.raw 3)" = "255 255 255" ] || fail "u16 became $(first out.raw 3)"
bytes 5 0 200 0 16 39 >t.raw # 5, 200, 10000
expect 0 convert t.raw out.tif --raw 3x1x1:u16,le --nodata 10000 --type u8 --overwrite --quiet
said out.tif "nodata:       255"
said out.tif "1 band of u8"
expect 0 convert t.raw out.raw --raw 3x1x1:u16,le --type i8 --overwrite --quiet
[ "$(first out.raw 3)" = "5 127 127" ] || fail "u16 became $(first out.raw 3)"
refuse "'u9' is not a type" convert in.tif new.tif --type u9

# Bands, counted from 1 on; then the type, then the window.
printf 'abcdefghi' >t.raw
expect 0 convert t.raw out.raw --raw 3x1x3:u8 --bands 3,2,1 --overwrite --quiet
printf 'cbafedihg' | cmp - out.raw || fail "bands 3,2,1 are wrong"
expect 0 convert t.raw out.raw --raw 3x1x3:u8 --bands 2 --overwrite --quiet
printf 'beh' | cmp - out.raw || fail "band 2 is wrong"
expect 0 convert t.raw out.raw --raw 3x1x3:u8 --bands "1 1,3" --window 1,0,2,1 --overwrite --quiet
printf 'ddfggi' | cmp - out.raw || fail "bands 1,1,3 of a window are wrong"
expect 0 convert in.tif out.tif --bands 3,2,1 --overwrite --quiet
said out.tif "photometric:  RGB"
expect 0 convert in.tif out.tif --bands 2 --type u16 --overwrite --quiet
said out.tif "1 band of u16"
said out.tif "photometric:  black is zero"
expect 0 convert in.tif a.raw --bands=2 --type=u16 --quiet
expect 0 pipeline in.tif b.raw bands --pick 2 ! cast --type u16 --quiet
same a.raw b.raw
refuse "there is no band 4: the image has 3" convert in.tif new.tif --bands 4
refuse "out of range" convert in.tif new.tif --bands 0
refuse "is not a number" convert in.tif new.tif --bands red
refuse "1.5 is no number of a band" convert in.tif new.tif --bands 1.5
refuse "--bands needs a value" convert in.tif new.tif --bands
refuse "did you mean --bands?" convert in.tif new.tif --band 1
refuse "'convert' wants 2 file names, 1 given" convert in.tif
refuse "does not know what to do with 'c'" convert in.tif new.tif c
