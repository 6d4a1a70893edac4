# A pipeline gives exactly what its operations give one by one.
expect 0 generate in.tif --size 133x97x3 --seed 6 --quiet
expect 0 gaussblur in.tif a.tif --sigma 2 --quiet
expect 0 sharpen a.tif b.tif --amount 0.5 --quiet
expect 0 cast b.tif c.tif --type u16 --quiet
expect 0 pipeline in.tif d.tif gaussblur --sigma 2 ! sharpen --amount 0.5 ! cast --type u16 --quiet
pixels c.tif c.raw
pixels d.tif d.raw
same c.raw d.raw

# Common options stand anywhere: before the command, between operations, at the end.
expect 0 --quiet pipeline --threads 2 in.tif --overwrite d.tif gaussblur --border wrap --sigma=2 ! --tile 16x16 sobel
stderr_empty
expect 0 gaussblur in.tif a.tif --sigma 2 --border wrap --quiet --overwrite
expect 0 sobel a.tif b.tif --border wrap --quiet --overwrite
pixels b.tif b.raw
pixels d.tif d.raw
same b.raw d.raw
expect 0 info d.tif
stdout_has "tiles of 16 x 16"

# As one word, and of one operation.
expect 0 pipeline in.tif e.tif "gaussblur --sigma 2 ! sobel" --border wrap --quiet
pixels e.tif e.raw
same b.raw e.raw
expect 0 pipeline in.tif e.tif invert --quiet --overwrite
expect 0 invert in.tif f.tif --quiet
same e.tif f.tif

# Sizes that change on the way.
expect 0 pipeline in.tif g.tif crop --rect 3,5,100,80 ! shrink --factor 3 ! flip --axis h ! box --radius 2 --quiet
expect 0 crop in.tif 1.tif --rect 3,5,100,80 --quiet
expect 0 shrink 1.tif 2.tif --factor 3 --quiet
expect 0 flip 2.tif 3.tif --axis h --quiet
expect 0 box 3.tif 4.tif --radius 2 --quiet
pixels g.tif g.raw
pixels 4.tif 4.raw
same g.raw 4.raw
