# hist: counts that are known, as text, JSON and a picture; stats --percentiles.
# row WORD...: a line of the table, whatever the blanks.
row() {
    tr -s " " <"$out" | sed "s/^ //" | grep -qFx -e "$*" || fail "there is no row $*"
}

bytes 1 2 3 10 20 30 7 200 250 4 0 255 >in.raw
R="--raw 2x2x3:u8"
expect 0 hist in.raw $R
stderr_empty
stdout_has "in.raw: 2 x 2, 3 bands of u8"
stdout_has "band 1: 4 valid, 0 nodata, 0 nan"
row value band 1 band 2 band 3
row 0 0 1 0
row 7 1 0 0
row 255 0 0 1
[ "$(wc -l <"$out")" -eq 261 ] || fail "other lines than 261"
expect 0 hist in.raw $R --bins 3 --nodata 10 --quiet
stdout_is <<END
in.raw: 2 x 2, 3 bands of u8
band 1: 3 valid, 1 nodata, 0 nan
band 2: 4 valid, 0 nodata, 0 nan
band 3: 4 valid, 0 nodata, 0 nan
from   to  band 1  band 2  band 3
   0   85       3       3       2
  85  170       0       0       0
 170  255       0       1       2
END
expect 0 hist in.raw $R --bins 2 --range 2,10 --window 0,0,2,1 --threads 2
stdout_is <<END
in.raw: 2 x 2, 3 bands of u8
band 1: 2 valid, 0 nodata, 0 nan, 1 below and 0 above the range
band 2: 2 valid, 0 nodata, 0 nan, 0 below and 1 above the range
band 3: 2 valid, 0 nodata, 0 nan, 0 below and 1 above the range
from  to  band 1  band 2  band 3
   2   6       0       1       1
   6  10       1       0       0
END
bytes 0 0 192 127 0 0 0 64 0 0 128 127 0 0 128 63 >f.raw
expect 0 hist f.raw --raw 4x1x1:f32,le --bins 2
stdout_has "band 1: 3 valid, 0 nodata, 1 nan, 0 below and 1 above the range"
row 1 1.5 1
row 1.5 2 1
expect 0 hist f.raw --raw 4x1x1:f32,le --dry-run
stdout_has "passes:       2,"

# The same for every layout and number of threads.
expect 0 generate in.tif --size 301x203x3 --type u16 --pattern noise --seed 3 --quiet
expect 0 hist in.tif --threads 1
tail -n +2 "$out" >wanted
for word in "a.tif --tile 64x32" "b.tif --planar --strip 7" "c.tif --compression deflate" "a.png"; do
    file=${word%% *} options=${word#"$file"}
    expect 0 convert in.tif $file $options --quiet
    for threads in 1 3; do
        expect 0 hist $file --threads $threads --max-memory 128M
        tail -n +2 "$out" | diff wanted - || fail "$word: other counts"
    done
done

# The picture is there, has its size, and shows something; an existing file stays.
expect 0 hist in.tif --plot plot.png --quiet
expect 0 info plot.png
stdout_has "960 x 600, 3 bands of u8"
expect 0 stats plot.png
darkest=$(tr -s " " <"$out" | sed -n 's/^ *1 \([0-9]*\) 255 .*/\1/p')
[ "$darkest" -lt 100 ] || fail "the picture is empty"
broken "plot.png" hist in.tif --plot plot.png
expect 0 hist f.raw --raw 4x1x1:f32,le --plot plot.png --overwrite --quiet
refuse "in.tif" hist in.tif --plot in.tif
expect 0 hist in.tif --plot never.png --dry-run
stdout_has "plot:         never.png, "
[ ! -e never.png ] || fail "a dry run draws"

# Percentiles: on the line between two samples, and one column for each.
expect 0 stats in.raw $R --percentiles 0,50,87.5,100
row band min max mean stddev valid nodata nan p0 p50 p87.5 p100
row 1 1 10 5.5 3.354101966 4 0 0 1 5.5 8.875 10
expect 0 stats f.raw --raw 4x1x1:f32,le --percentiles 50
row 1 1 inf inf nan 3 0 1 2
expect 0 stats f.raw --raw 4x1x1:f32,le --percentiles 50 --nodata nan --window 0,0,1,1
row 1 - - - - 0 1 0 -
expect 0 stats f.raw --raw 4x1x1:f32,le --percentiles 50 --dry-run
stdout_has "passes:       4,"

if command -v python3 >/dev/null && python3 -c 'import json' 2>/dev/null; then
    value() { python3 -c "import json, sys; d = json.load(open(sys.argv[1])); print(($1))" "$out"; }
    is() { [ "$(value "$1")" = "$2" ] || fail "$1 is $(value "$1"), not $2"; }
    expect 0 hist in.raw $R --json --bins 3
    stderr_empty
    is 'sorted(d)' "['bands', 'bins', 'command', 'high', 'input', 'low', 'page', 'plot', 'report', 'type']"
    is 'd["command"], d["bins"], d["low"], d["high"], d["plot"]' "('hist', 3, 0, 255, None)"
    is 'sorted(d["bands"][0])' "['above', 'band', 'below', 'counts', 'nan', 'nodata', 'valid']"
    is '[b["counts"] for b in d["bands"]]' "[[4, 0, 0], [3, 0, 1], [2, 0, 2]]"
    expect 0 stats in.raw $R --percentiles 50,25 --json --report
    is 'd["bands"][1]["percentiles"]' "[{'percent': 50, 'value': 11}, {'percent': 25, 'value': 1.5}]"
    is 'd["report"]["passes"]' 2
else
    not_run "JSON, as there is no python3"
fi

refuse "'hist' wants 1 file name, 0 given" hist
refuse "--bins 0: 0 is not between 1 and 1048576" hist in.tif --bins 0
refuse "a whole number is wanted" hist in.tif --bins 2.5
refuse "LOW below HIGH" hist in.tif --range 5,5
refuse "'x' is no number" hist in.tif --range 1,x
refuse "did you mean --bins?" hist in.tif --bin 5
refuse "101 is not between 0 and 100" stats in.tif --percentiles 50,101
refuse "'' is no number" stats in.tif --percentiles 50,
broken "nowhere.tif" hist nowhere.tif
