/* The casts from one pixel type to all ten.
 *
 * Parameters, from each_type.h: T, NAME, TOP, IS_FLOAT, which cast_pair_tmpl.h takes. */

#define TO u8
#include "raster/ops/point/cast_pair_tmpl.h"
#define TO i8
#include "raster/ops/point/cast_pair_tmpl.h"
#define TO u16
#include "raster/ops/point/cast_pair_tmpl.h"
#define TO i16
#include "raster/ops/point/cast_pair_tmpl.h"
#define TO u32
#include "raster/ops/point/cast_pair_tmpl.h"
#define TO i32
#include "raster/ops/point/cast_pair_tmpl.h"
#define TO u64
#include "raster/ops/point/cast_pair_tmpl.h"
#define TO i64
#include "raster/ops/point/cast_pair_tmpl.h"
#define TO f32
#include "raster/ops/point/cast_pair_tmpl.h"
#define TO f64
#include "raster/ops/point/cast_pair_tmpl.h"
