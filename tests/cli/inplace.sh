# In place: twice gives back the first bytes, for every type and layout; what cannot be done is refused untouched.
for type in u8 i8 u16 i16 u32 i32 u64 i64 f32 f64; do
    for layout in "--tile 16x32" "--strip 7" ""; do
        expect 0 generate in.tif --size 61x47x3 --type $type --seed 9 $layout --quiet --overwrite
        cp in.tif first.tif
        expect 0 invert in.tif --in-place --quiet
        stdout_empty
        stderr_empty
        differ in.tif first.tif
        pixels in.tif in.raw
        expect 0 invert first.tif out.tif --quiet --overwrite
        pixels out.tif out.raw
        same in.raw out.raw
        expect 0 invert --in-place in.tif --quiet --threads 3 --sync
        same in.tif first.tif
    done
done
for spec in 61x47x3:u16,bil 61x47x3:u16,bsq,be 61x47x3:f32,be,offset=13; do
    expect 0 generate in.raw --raw "$spec" --overwrite --quiet
    cp in.raw first.raw
    expect 0 invert in.raw --in-place --raw "$spec" --quiet
    differ in.raw first.raw
    expect 0 invert in.raw --in-place --raw "$spec" --quiet
    same in.raw first.raw
done

# With a halo, on several threads, under every border rule, the same as into a file.
expect 0 generate in.tif --size 201x157x3 --seed 4 --quiet --overwrite --tile 32x16
for border in replicate reflect reflect101 wrap constant:7; do
    for operation in "gaussblur --sigma 2" "box --radius 3" "sobel" "sharpen --sigma 1 --amount 0.7"; do
        cp in.tif work.tif
        expect 0 $operation work.tif --in-place --border $border --threads 2 --quiet
        expect 0 $operation in.tif out.tif --border $border --overwrite --quiet
        pixels work.tif work.raw
        pixels out.tif out.raw
        same work.raw out.raw
    done
done
cp in.tif work.tif
expect 0 pipeline work.tif --in-place --quiet gaussblur --sigma 1 ! invert ! box --radius 1
expect 0 pipeline in.tif out.tif --overwrite --quiet gaussblur --sigma 1 ! invert ! box --radius 1
pixels work.tif work.raw
pixels out.tif out.raw
same work.raw out.raw

cp in.tif work.tif
for line in "flip --axis h" "rotate --angle 90" "rotate --angle 180" transpose "crop --rect 0,0,9,9" "shrink --factor 2" "cast --type u16"; do
    expect 2 $line work.tif --in-place
    same in.tif work.tif
done
