# Files of several pages, and pages that cannot be mapped: two pages of 2 x 2 bytes, and one that says it is LZW.
# entry TAG TYPE COUNT VALUE
entry() { le16 "$1" "$2" && le32 "$3" "$4"; }
# directory COMPRESSION OFFSET NEXT [BITS]: eight entries, 102 bytes
directory() {
    le16 8
    entry 256 3 1 2
    entry 257 3 1 2
    entry 258 3 1 "${4:-8}"
    entry 259 3 1 "$1"
    entry 262 3 1 1
    entry 273 4 1 "$2"
    entry 278 3 1 2
    entry 279 4 1 4
    le32 "$3"
}
{
    printf 'II' && le16 42 && le32 20
    printf 'abcdefghijkl'
    directory 1 8 122
    directory 1 12 224
    directory 5 16 0
} >pages.tif

expect 0 info pages.tif
stdout_is <<'EOF'
pages.tif: 326 bytes, 3 pages
page 0: 2 x 2, 1 band of u8
  format:       TIFF
  layout:       strips of 2 rows
  mapped:       yes, as one block, from byte 8 on
  photometric:  black is zero
page 1: 2 x 2, 1 band of u8
  format:       TIFF
  layout:       strips of 2 rows
  mapped:       yes, as one block, from byte 12 on
  photometric:  black is zero
page 2: 2 x 2, 1 band of u8
  format:       TIFF
  layout:       strips of 2 rows
  mapped:       no: compressed (LZW), decoded block by block when needed
  photometric:  black is zero
EOF
expect 0 info pages.tif --page 1
stdout_has "page 1"
stdout_lacks "page 0"
stdout_lacks "page 2"
refuse "has no page 3: it has 3" info pages.tif --page 3

expect 0 convert pages.tif 0.raw --quiet
expect 0 convert pages.tif 1.raw --page 1 --quiet
printf abcd | cmp - 0.raw || fail "page 0 is wrong"
printf efgh | cmp - 1.raw || fail "page 1 is wrong"
broken "pages.tif: strip 0: " convert pages.tif 2.raw --page 2
broken "it cannot be changed in place" invert pages.tif --in-place --page 2
stderr_has "compressed (LZW); write to a new file"
[ ! -e 2.raw ] || fail "an output was made"

# In place one page changes and nothing else.
cp pages.tif work.tif
expect 0 invert work.tif --in-place --page 1 --quiet
expect 0 convert work.tif 1i.raw --page 1 --quiet
expect 0 convert work.tif 0i.raw --quiet
same 0.raw 0i.raw
[ "$(cmp -l pages.tif work.tif | wc -l)" -eq 4 ] || fail "other bytes than those of the page have changed"
expect 0 invert work.tif --in-place --page 1 --quiet
same pages.tif work.tif
refuse "no page 9" convert pages.tif 9.raw --page 9
[ ! -e 9.raw ] || fail "an output was made"

# Pages by name.
expect 0 convert pages.tif#1 out.raw --quiet
same out.raw 1.raw
expect 0 convert pages.tif#0 out.raw --overwrite --quiet
same out.raw 0.raw
expect 0 info pages.tif#1
stdout_has "page 1: "
stdout_lacks "page 0: "
cp pages.tif work.tif
expect 0 invert work.tif#1 --in-place --quiet
expect 0 convert work.tif out.raw --page 1 --overwrite --quiet
same out.raw 1i.raw
expect 0 compare pages.tif#0 pages.tif#0
expect 1 compare pages.tif#0 pages.tif#1
expect 0 compare work.tif pages.tif --page 0
refuse "names an image of the file, and so does --page 1" convert pages.tif#0 9.raw --page 1
refuse "has no page 3: it has 3" info pages.tif#3
refuse "no page 9" convert pages.tif#9 9.raw
expect 2 convert pages.tif#0.1 9.raw
stderr_has "pages.tif"
[ ! -e 9.raw ] || fail "an output was made"
refuse "are the same file" convert pages.tif#1 pages.tif --overwrite

# A file of that name goes first; what does not look like a page is a name.
expect 0 convert pages.tif "pages.tif#1" --format TIFF --quiet
expect 0 convert "pages.tif#1" out.raw --overwrite --quiet
same out.raw 0.raw
rm "pages.tif#1"
for name in pages.tif# pages.tif#x pages.tif#1.0 pages.tif#1. "pages.tif#-1" pages.tif#99999999999 "#1"; do
    broken "$name" convert "$name" 9.raw
done

# A page with two images inside it: a smaller version and a mask; eight entries in each, nine in the page.
sub() { # KIND OFFSET WIDTH HEIGHT
    le16 8
    entry 254 4 1 "$1"
    entry 256 3 1 "$3"
    entry 257 3 1 "$4"
    entry 258 3 1 8
    entry 262 3 1 1
    entry 273 4 1 "$2"
    entry 278 3 1 "$4"
    entry 279 4 1 $(($3 * $4))
    le32 0
}
{
    printf 'II' && le16 42 && le32 24
    printf 'abcdefgh' # 8: the page, 2 x 4 and then what is inside: 16, 18
    printf 'mnop' && le32 0
    le16 8 # 24: the page; ends at 126
    entry 256 3 1 2
    entry 257 3 1 4
    entry 258 3 1 8
    entry 262 3 1 1
    entry 273 4 1 8
    entry 278 3 1 4
    entry 279 4 1 8
    entry 330 4 2 126
    le32 0
    le32 134 236 # 126: where the two are
    sub 1 16 1 2
    sub 4 18 2 1
} >nested.tif
expect 0 info nested.tif
stdout_has "nested.tif: 338 bytes, 1 page"
stdout_has "  sub-image 1, nested.tif#0.1: 1 x 2, 1 band of u8, overview"
stdout_has "  sub-image 2, nested.tif#0.2: 2 x 1, 1 band of u8, mask"
expect 0 info nested.tif#0.2
stdout_has "page 0.2: 2 x 1, 1 band of u8, mask"
stdout_lacks "sub-image"
expect 0 convert nested.tif#0.1 out.raw --overwrite --quiet
printf mn | cmp - out.raw || fail "the first image inside is wrong"
expect 0 convert nested.tif#0.2 out.raw --overwrite --quiet
printf op | cmp - out.raw || fail "the second image inside is wrong"
expect 0 convert nested.tif out.raw --overwrite --quiet
printf abcdefgh | cmp - out.raw || fail "the page is wrong"
expect 2 convert nested.tif#0.3 9.raw
expect 2 info nested.tif#1.1
refuse "sub-images cannot be edited" edit nested.tif#0.1 --nodata 1

# Compressions that are read and not written again, and one that nobody knows.
{
    printf 'II' && le16 42 && le32 12
    le32 0
    directory 4 8 114 1
    directory 65000 8 0
} >odd.tif
expect 0 info odd.tif
stdout_has "compressed (CCITT Group 4), decoded block by block when needed"
stdout_has "mapped:       no: compressed (scheme 65000)"
stdout_has "  not readable: odd.tif: "
refuse "is compressed with CCITT Group 4, which cannot be written; name a compression" \
    convert odd.tif 9.tif --compression same
broken "scheme 65000" convert odd.tif#1 9.tif
expect 0 info odd.tif --json
stdout_has '"readable": false'
stdout_has '"unreadable_reason": "odd.tif: '
[ ! -e 9.tif ] || fail "an output was made"
