# --window: a part of the result, with its true neighbours.
expect 0 generate in.tif --size 120x90x3 --seed 5 --tile 32x32 --quiet
for operation in "invert" "gaussblur --sigma 2" "sobel" "box --radius 4"; do
    expect 0 $operation in.tif full.tif --overwrite --quiet
    for window in 0,0,120,90 0,0,1,1 119,89,1,1 30,20,40,33 7,0,100,5; do
        rect=$window
        expect 0 $operation in.tif part.tif --window $window --overwrite --quiet
        expect 0 crop full.tif cut.tif --rect $rect --overwrite --quiet
        pixels part.tif part.raw
        pixels cut.tif cut.raw
        same part.raw cut.raw
    done
done
expect 0 convert in.tif part.tif --window 10,20,30,40 --overwrite --quiet
expect 0 crop in.tif cut.tif --rect 10,20,30,40 --overwrite --quiet
pixels part.tif part.raw
pixels cut.tif cut.raw
same part.raw cut.raw

# In place only the window changes: its rows are those of the full result, all else is as before.
cp in.tif work.tif
expect 0 gaussblur work.tif --in-place --sigma 2 --window 0,40,120,13 --quiet
expect 0 gaussblur in.tif full.tif --sigma 2 --overwrite --quiet
pixels in.tif in.raw
pixels work.tif work.raw
pixels full.tif full.raw
{
    head -c $((120 * 3 * 40)) in.raw
    tail -c +$((120 * 3 * 40 + 1)) full.raw | head -c $((120 * 3 * 13))
    tail -c $((120 * 3 * 37)) in.raw
} >wanted.raw
same work.raw wanted.raw
cp in.tif work.tif
expect 0 invert work.tif --in-place --window 5,5,50,50 --quiet
differ in.tif work.tif
expect 0 invert work.tif --in-place --window 5,5,50,50 --quiet
same in.tif work.tif
for window in 120,0,1,1 0,0,121,1 0,89,1,2 9223372036854775807,0,1,1; do
    expect 2 invert work.tif --in-place --window $window
    expect 2 invert in.tif out.tif --window $window
done
same in.tif work.tif
[ ! -e out.tif ] || fail "an output was made"
