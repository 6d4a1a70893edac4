# The same pixels in every layout, there and back.
for type in u8 i16 f64; do
    expect 0 generate in.raw --raw 83x61x3:$type,le --seed 7 --overwrite --quiet
    for layout in "--tile 16x16" "--tile 64x32" "--tile 128x128" "--strip 1" "--strip 10" "--strip 1000" ""; do
        expect 0 convert in.raw out.tif --raw 83x61x3:$type,le $layout --overwrite --quiet
        expect 0 info out.tif
        stdout_has "83 x 61, 3 bands of $type"
        case $layout in
        --tile*) stdout_has "tiles of $(echo "${layout#--tile }" | sed 's/x/ x /')" ;;
        *) stdout_has "strips of" ;;
        esac
        pixels out.tif out.raw
        same in.raw out.raw
        expect 0 generate made.tif --size 83x61x3 --type $type --seed 7 $layout --overwrite --quiet
        pixels made.tif out.raw
        same in.raw out.raw
    done
    # The input's layout unless told.
    expect 0 convert in.raw tiled.tif --raw 83x61x3:$type,le --tile 32x48 --overwrite --quiet
    expect 0 invert tiled.tif out.tif --overwrite --quiet
    expect 0 info out.tif
    stdout_has "tiles of 32 x 48"
    expect 0 invert tiled.tif out.tif --strip 9 --overwrite --quiet
    expect 0 info out.tif
    stdout_has "strips of 9 rows"
done

# Raw files: interleave, byte order, offset; 2 x 2 pixels of 2 bands.
printf 'aAbBcCdD' >bip.raw
printf 'abABcdCD' >bil.raw
printf 'abcdABCD' >bsq.raw
for from in bip bil bsq; do
    expect 0 convert $from.raw out.tif --raw 2x2x2:u8,$from --overwrite --quiet
    pixels out.tif out.raw
    same out.raw bip.raw
    # A raw output is interleaved as --raw tells, whether it speaks of the input or of the output alone.
    expect 0 convert $from.raw out.raw --raw 2x2x2:u8,$from --overwrite --quiet
    same out.raw $from.raw
    expect 0 convert out.tif out.raw --raw 2x2x2:u8,$from --overwrite --quiet
    same out.raw $from.raw
done
refuse "--raw tells 3x2x2:u8 of the output" convert out.tif new.raw --raw 3x2x2:u8,bsq
[ ! -e new.raw ] || fail "an output was made"

printf 'xyz\001\002\003\004' >be.raw
printf '\002\001\004\003' >le.raw
expect 0 convert be.raw out.tif --raw 2x1x1:u16,be,offset=3 --overwrite --quiet
expect 0 convert out.tif out.raw --raw 2x1x1:u16,le --overwrite --quiet
same out.raw le.raw
expect 0 info be.raw --raw 2x1x1:u16,be,offset=3
stdout_has "byte order:   big endian"
expect 1 info be.raw --raw 2x2x1:u16,be,offset=3
stderr_has "be.raw"
expect 1 info be.raw
stderr_has "be.raw"
