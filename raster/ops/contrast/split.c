/* Both splits are made of whole numbers as far as they fit a double exactly, and compared in double; the result is the
 * same everywhere. */
#include "raster/ops/contrast/split.h"

#include <stdbool.h>

int32_t rst_split_otsu(const uint64_t *counts, int32_t bins)
{
    double all = 0, sum = 0, below = 0, sum_below = 0, best = 0;
    int32_t split = 0;
    for (int32_t i = 0; i < bins; i++) {
        all += (double)counts[i];
        sum += (double)counts[i] * i;
    }
    for (int32_t i = 0; i < bins; i++) {
        if (counts[i] == 0) continue; /* parts just as the bin before does */
        below += (double)counts[i];
        sum_below += (double)counts[i] * i;
        if (below == all) break;
        double apart = sum_below / below - (sum - sum_below) / (all - below);
        double variance = below / all * ((all - below) / all) * apart * apart;
        if (variance > best) {
            best = variance;
            split = i;
        }
    }
    return split;
}

/* The farther end lies at the left of a histogram that is seen from behind where need be. */
int32_t rst_split_triangle(const uint64_t *counts, int32_t bins)
{
    int32_t left = 0, right = bins - 1, peak = 0;
    while (left < bins && counts[left] == 0)
        left++;
    while (right > 0 && counts[right] == 0)
        right--;
    if (left == bins) return 0;
    for (int32_t i = 0; i < bins; i++)
        if (counts[i] > counts[peak]) peak = i;
    left -= left > 0;
    right += right < bins - 1; /* the line starts on the empty bin beside */
    bool mirrored = peak - left < right - peak;
    int32_t end = mirrored ? bins - 1 - right : left, last = mirrored ? bins - 1 - peak : peak, split = end;
    double best = 0, rise = (double)counts[peak], run = last - end;
    for (int32_t i = end + 1; i <= last; i++) {
        double distance = rise * i - run * (double)counts[mirrored ? bins - 1 - i : i];
        if (distance > best) {
            best = distance;
            split = i;
        }
    }
    return mirrored ? bins - split : split - 1;
}
