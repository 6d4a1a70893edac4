/* Where a histogram falls apart into two. */
#ifndef RASTER_OPS_CONTRAST_SPLIT_H
#define RASTER_OPS_CONTRAST_SPLIT_H

#include <stdint.h>

/* The last bin of the lower part, 0 where there is nothing to part. Bins count for their number, and the results are
 * those that OpenCV finds for 256 bins. */

/* By the greatest variance between both parts (Otsu 1979); the first of equal ones. */
int32_t rst_split_otsu(const uint64_t *counts, int32_t bins);

/* By the greatest distance from the line between the highest bin and the farther end (Zack, Rogers and Latt 1977). -1
 * where no bin is below that line: all is in the upper part. */
int32_t rst_split_triangle(const uint64_t *counts, int32_t bins);

#endif
