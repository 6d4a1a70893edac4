# Operations that read further files: which words of a line are files, and what is refused.
numbers() { od -An -v -tu1 -w999 "$1" | tr -s ' ' | sed 's/^ //'; }
shape=3x1x1:u8
bytes 10 20 30 >a.raw
bytes 1 2 3 >b.raw
bytes 0 1 0 >m.raw
bytes 1 2 3 4 >long.raw
gives() {
    wanted=$1
    shift
    expect 0 "$@" --raw $shape --overwrite --quiet
    [ "$(numbers out.raw)" = "$wanted" ] || fail "the result is $(numbers out.raw), not $wanted"
}
gives "11 22 33" calc a.raw b.raw out.raw --expr A+B --type u8
gives "11 22 33" calc --expr A+B --type u8 a.raw b.raw out.raw
gives "20 40 60" calc a.raw a.raw out.raw --expr A+B --type u8
gives "1 21 3" calc a.raw b.raw m.raw out.raw --expr 'C ? A + 1 : B' --type u8
gives "8 16 23" blend a.raw b.raw out.raw --alpha 0.25
gives "7 20 7" mask a.raw m.raw out.raw --value 7

# In a pipeline all of them stand between the first and the last file, in the order of the operations that read them.
gives "245 7 225" pipeline a.raw b.raw m.raw out.raw calc --expr "A+B-B" --type u8 ! invert ! mask --keep zero --value 7
gives "245 7 225" pipeline a.raw b.raw m.raw out.raw "calc --expr A+B-B --type u8 ! invert ! mask --keep zero --value 7"
gives "10 7 30" pipeline a.raw m.raw out.raw --quiet mask --keep zero --value 7
rm out.raw
refuse "'pipeline' wants 3 files, the input, 1 to be read beside it, the output, and 2 were given: a.raw" \
    pipeline a.raw out.raw mask --value 7 --raw $shape
refuse "and 4 were given" pipeline a.raw b.raw m.raw out.raw mask --value 7 --raw $shape
refuse "does not know what to do with 'm.raw'" pipeline a.raw b.raw m.raw out.raw invert --raw $shape
refuse "unknown operation 'invrt'" pipeline a.raw out.raw invrt ! invert --raw $shape
refuse "'invert' takes no amount behind --alpha: 'straight' or 'ignore' is wanted" invert a.raw out.raw --alpha 4 --raw $shape
refuse "'mask' wants 3 files" mask a.raw out.raw --value 7 --raw $shape
broken "m2.raw" mask a.raw m2.raw out.raw --value 7 --raw $shape
refuse "same file" mask a.raw m.raw m.raw --value 7 --raw $shape --overwrite
holds a.raw b.raw m.raw long.raw

# In place the one file comes first.
cp a.raw mine.raw
expect 0 mask mine.raw m.raw --value 7 --raw $shape --in-place --quiet
[ "$(numbers mine.raw)" = "7 20 7" ] || fail "in place: $(numbers mine.raw)"
refuse "'mask' wants 2 files, the input, 1 to be read beside it, and 1 were given" mask mine.raw --value 7 --raw $shape \
    --in-place
refuse "cannot be written by the same run" mask mine.raw mine.raw --value 7 --raw $shape --in-place
[ "$(numbers mine.raw)" = "7 20 7" ] || fail "it was changed"
rm mine.raw

# Sizes are told; pages can be named; a dry run lists every input, and makes nothing.
expect 0 convert a.raw a.tif --raw $shape
expect 0 convert long.raw long.tif --raw 4x1x1:u8
refuse "long.tif is 4 x 1, and calc reads it beside an image of 3 x 1" calc a.tif long.tif out.tif --expr A+B
expect 0 calc a.tif a.tif#0 out.tif --expr A-B
refuse "long.tif: there is no page 1" calc a.tif long.tif#1 other.tif --expr A-B
expect 0 calc a.tif a.tif#0 other.tif --expr A-B --dry-run
stdout_has "a.tif#0"
holds a.raw a.tif b.raw long.raw long.tif m.raw out.tif
