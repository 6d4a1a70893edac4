# Files of several pages, and pages that cannot be mapped: two pages of 2 x 2 bytes, and one that says it is LZW.
# entry TAG TYPE COUNT VALUE
entry() { le16 "$1" "$2" && le32 "$3" "$4"; }
# directory COMPRESSION OFFSET NEXT: eight entries, 102 bytes
directory() {
    le16 8
    entry 256 3 1 2
    entry 257 3 1 2
    entry 258 3 1 8
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
  layout:       strips of 2 rows
  mapped:       yes, as one block, from byte 8 on
  photometric:  black is zero
page 1: 2 x 2, 1 band of u8
  layout:       strips of 2 rows
  mapped:       yes, as one block, from byte 12 on
  photometric:  black is zero
page 2: 2 x 2, 1 band of u8
  layout:       strips of 2 rows
  mapped:       no: compressed (LZW)
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
broken "LZW" convert pages.tif 2.raw --page 2
expect 1 invert pages.tif --in-place --page 2
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
