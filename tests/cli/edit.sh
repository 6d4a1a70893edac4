# edit: what the file says changes, its pixels do not; all changes or none.
expect 0 generate first.tif --size 40x30x3 --seed 3 --quiet
pixels first.tif first.raw
# edited WORD...: changes a copy of the first file, whose pixels stay.
edited() {
    expect 0 edit edited.tif "$@"
    stdout_empty
    stderr_empty
    pixels edited.tif edited.raw
    same first.raw edited.raw
    expect 0 info edited.tif
}
cp first.tif edited.tif
edited --nodata 7
stdout_has "nodata:       7"
edited --nodata 255
stdout_has "nodata:       255"
edited --nodata none
stdout_lacks "nodata"
edited --crs EPSG:32632
stdout_has "system:       EPSG:32632"
edited --crs epsg:4326
stdout_has "system:       EPSG:4326"
edited --transform 500000,0.5,0,4650000,0,-0.25
stdout_has "geotransform: 500000,0.5,0,4650000,0,-0.25"
stdout_has "EPSG:4326"
edited --transform=10,2,0.5,20,0.25,-2 --crs none
stdout_has "geotransform: 10,2,0.5,20,0.25,-2"
stdout_lacks "EPSG"
edited --set Artist=me --set "Copyright=all = mine" --set=odd=1
stdout_has "item:         Artist = me"
stdout_has "item:         Copyright = all = mine"
stdout_has "item:         odd = 1"
edited --set Artist=you --unset odd --unset nothing
stdout_has "Artist = you"
stdout_has "Copyright = all = mine"
stdout_lacks "odd"
edited --unset Artist --unset Copyright
stdout_lacks "item:"
edited --set "Description=a scan" --set band.2.name=leaf
stdout_has "description:  a scan"
stdout_has "  band 2:       leaf (green)"
edited --unset Description --unset band.2.name
stdout_lacks "description"
stdout_lacks "leaf"
# Control characters of an item do not reach the terminal.
edited --set "$(printf 'key=a\033b')"
stdout_has "key = a?b"

# An image like any other afterwards: what was set goes along.
edited --nodata 9 --crs EPSG:3857 --transform 0,1,0,0,0,-1 --set Artist=me
expect 0 convert edited.tif out.tif --window 10,5,20,10 --bands 2,1,3 --quiet
expect 0 info out.tif
for text in "nodata:       9" "EPSG:3857" "geotransform: 10,1,0,-5,0,-1" "Artist = me"; do stdout_has "$text"; done

# One page of several.
if command -v tiffcp >/dev/null; then
    tiffcp first.tif first.tif two.tif
    for page in "--page 1" "#1"; do
        cp two.tif work.tif
        case $page in "#1") expect 0 edit "work.tif#1" --nodata 5 ;; *) expect 0 edit work.tif $page --nodata 5 ;; esac
        expect 0 info work.tif --page 1
        stdout_has "nodata:       5"
        expect 0 info work.tif --page 0
        stdout_lacks "nodata"
        expect 0 compare work.tif#0 work.tif#1 --only pixels
    done
    expect 2 edit two.tif --page 2 --nodata 5
    stderr_has "2"
else
    not_run "pages, as there is no tiffcp"
fi

# What cannot be is refused, and nothing of it is done.
cp first.tif edited.tif
refuse "nothing to change" edit edited.tif
refuse "'edit' wants 1 file name, 0 given" edit --nodata 1
refuse "what to do with 'b.tif'" edit edited.tif b.tif --nodata 1
refuse "--nodata many" edit edited.tif --nodata many
expect 2 edit edited.tif --nodata 256
stderr_has "256"
for system in 32632 EPSG: EPSG:0 EPSG:65536 EPSG:x WGS84 ""; do
    refuse "EPSG:N with N from 1 to 65535" edit edited.tif --crs "$system"
done
for transform in 1,2,3,4,5 1,2,3,4,5,6,7 1,2,3,4,5,x 1,2,3,4,5,nan ",,,,," ""; do
    refuse "six numbers are wanted, X0,DX,RX,Y0,RY,DY" edit edited.tif --transform "$transform"
done
refuse "it puts all pixels on one line" edit edited.tif --transform 0,1,2,0,2,4
refuse "KEY=VALUE is wanted" edit edited.tif --set Artist
refuse "KEY=VALUE is wanted" edit edited.tif --set =me
refuse "--unset: the key of an item is wanted" edit edited.tif --unset ""
refuse "--set gives Artist two values" edit edited.tif --set Artist=me --set Artist=you
refuse "Artist is to be both set and unset" edit edited.tif --set Artist=me --unset Artist
refuse "there is no band for band.4.name" edit edited.tif --set Artist=me --set band.4.name=sky
refuse "does not take --overwrite" edit edited.tif --nodata 1 --overwrite
refuse "did you mean --transform?" edit edited.tif --transfrom 1,2,3,4,5,6
same first.tif edited.tif
broken "nowhere.tif" edit nowhere.tif --nodata 1
broken "raw" edit first.raw --nodata 1
head -c 60 first.tif >cut.tif
cp cut.tif cut.copy
expect 1 edit cut.tif --nodata 1 --set Artist=me
same cut.tif cut.copy

# Compressed files too: the pixels are not touched.
expect 0 convert first.tif packed.tif --compression deflate --tile 16x16 --quiet
expect 0 edit packed.tif --nodata 3 --crs EPSG:3035 --set Software=none
expect 0 info packed.tif
stdout_has "nodata:       3"
stdout_has "EPSG:3035"
stdout_has "Software = none"
expect 0 compare first.tif packed.tif --only pixels

# For programs.
expect 0 edit edited.tif --nodata 1 --set Artist=me --unset odd --json
if command -v python3 >/dev/null; then
    python3 -c 'import json, sys; d = json.load(open(sys.argv[1]))
assert d == {"command": "edit", "dry_run": False, "file": "edited.tif", "page": 0, "changed": ["nodata"], "set": ["Artist"],
             "unset": ["odd"]}, d' "$out" || fail "the report is wrong"
else
    not_run "JSON, as there is no python3"
fi
