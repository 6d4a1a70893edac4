/* Drawing histograms. Bands are laid over each other half transparent, with a full outline, so that each is seen where
 * they overlap. A few bins that are far higher than all others (a black border, clipped highlights) would press the
 * rest to the ground: they are cut off at the top, and a mark there tells. */
#include "cli/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/font.h"

enum { LEFT = 100, RIGHT = 30, TOP = 24, BOTTOM = 50, TICK = 6, LINE = 2 };
enum { AREA_WIDTH = PLOT_WIDTH - LEFT - RIGHT, AREA_HEIGHT = PLOT_HEIGHT - TOP - BOTTOM };

static const uint8_t ink[3] = {40, 40, 40}, grid[3] = {225, 225, 225};

/* Mixes a colour into a rectangle, as far as it lies in the picture; part 1 covers what is there. */
static void paint(uint8_t *pixels, int x, int y, int width, int height, const uint8_t colour[3], double part)
{
    for (int row = y < 0 ? 0 : y; row < y + height && row < PLOT_HEIGHT; row++)
        for (int column = x < 0 ? 0 : x; column < x + width && column < PLOT_WIDTH; column++) {
            uint8_t *pixel = pixels + 3 * ((size_t)row * PLOT_WIDTH + (size_t)column);
            for (int i = 0; i < 3; i++)
                pixel[i] = (uint8_t)lrint(pixel[i] + (colour[i] - pixel[i]) * part);
        }
}

static void write_text(uint8_t *pixels, int x, int y, const char *text)
{
    for (; *text != '\0'; text++, x += FONT_ADVANCE * FONT_SCALE)
        for (int row = 0; row < FONT_HEIGHT; row++)
            for (int column = 0; column < FONT_WIDTH; column++)
                if (font_is_set(*text, column, row))
                    paint(pixels, x + column * FONT_SCALE, y + row * FONT_SCALE, FONT_SCALE, FONT_SCALE, ink, 1);
}

static int text_width(const char *text)
{
    return ((int)strlen(text) * FONT_ADVANCE - 1) * FONT_SCALE;
}

/* 1, 2 or 5 times a power of ten, for about `wanted` steps in a range. */
static double step_of(double range, int wanted)
{
    double power = pow(10, floor(log10(range / wanted))), times = range / wanted / power;
    return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

/* The height that the axis goes to: the highest bin, unless it and few others stand out. *cut tells. */
static double top_of(const struct plot *plot, bool *cut)
{
    uint64_t highest = 0, second = 0;
    size_t all = (size_t)plot->bins * (size_t)plot->band_count, skip = all / 100;
    for (int32_t band = 0; band < plot->band_count; band++)
        for (int32_t i = 0; i < plot->bins; i++)
            if (plot->bands[band].counts[i] > highest) highest = plot->bands[band].counts[i];
    for (uint64_t bit = UINT64_C(1) << 62; bit > 0; bit >>= 1) { /* the greatest that more than `skip` bins reach */
        size_t above = 0;
        for (int32_t band = 0; band < plot->band_count; band++)
            for (int32_t i = 0; i < plot->bins; i++)
                above += plot->bands[band].counts[i] >= (second | bit);
        if (above > skip) second |= bit;
    }
    *cut = second > 0 && (double)highest > 3 * (double)second;
    return *cut ? 1.25 * (double)second : highest > 0 ? (double)highest : 1;
}

/* The number of samples at a column of the area: of the highest bin that lies there. */
static double count_at(const struct plot *plot, const uint64_t *counts, int column)
{
    double first = (double)column * plot->bins / AREA_WIDTH, end = (double)(column + 1) * plot->bins / AREA_WIDTH;
    double most = 0;
    for (int32_t bin = (int32_t)first; bin < plot->bins && (bin < end || bin == (int32_t)first); bin++)
        most = fmax(most, (double)counts[bin]);
    return most;
}

static void draw_band(const struct plot *plot, const struct plot_band *band, double top, uint8_t *pixels)
{
    int before = 0;
    for (int column = 0; column < AREA_WIDTH; column++) {
        double count = count_at(plot, band->counts, column);
        int height = (int)lrint(fmin(count / top, 1) * AREA_HEIGHT), x = LEFT + column;
        paint(pixels, x, TOP + AREA_HEIGHT - height, 1, height, band->colour, 0.35);
        int low = height < before ? height : before, high = height < before ? before : height;
        if (count > 0 && low > height - LINE) low = height - LINE;
        if (high > 0) paint(pixels, x, TOP + AREA_HEIGHT - high, LINE, high - low, band->colour, 1);
        if (count > top) paint(pixels, x, TOP - 8, 1, 6, band->colour, 1); /* it goes on up there */
        before = height;
    }
}

static void draw_value_ticks(const struct plot *plot, uint8_t *pixels)
{
    double range = plot->high - plot->low, step = range > 0 ? step_of(range, 8) : 1;
    if (!isfinite(range) || range <= 0) range = 1;
    for (int tick = 0; tick < 20; tick++) {
        char text[32];
        double i = ceil(plot->low / step) + tick;
        double at = (i * step - plot->low) / range;
        int x = LEFT + (int)lrint(at * AREA_WIDTH);
        if (!isfinite(step) || !(at >= 0 && at <= 1) || i + 1 == i) break;
        snprintf(text, sizeof text, "%.6g", i == 0 ? 0 : i * step);
        paint(pixels, x, TOP + AREA_HEIGHT, 1, TICK, ink, 1);
        write_text(pixels, x - text_width(text) / 2, TOP + AREA_HEIGHT + TICK + 8, text);
    }
}

static void draw_count_ticks(double top, uint8_t *pixels)
{
    static const char units[] = {'\0', 'k', 'M', 'G', 'T'};
    double step = fmax(step_of(top, 6), 1);
    for (int i = 0; i * step <= top; i++) {
        const double value = i * step;
        char text[32];
        int unit = 0, y = TOP + AREA_HEIGHT - (int)lrint(value / top * AREA_HEIGHT);
        double shown = value;
        for (; shown >= 1000 && unit < 4; unit++)
            shown /= 1000;
        snprintf(text, sizeof text, "%.4g%c", shown, units[unit]);
        paint(pixels, LEFT - TICK, y, TICK, 1, ink, 1);
        if (value > 0) paint(pixels, LEFT, y, AREA_WIDTH, 1, grid, 1);
        write_text(pixels, LEFT - TICK - 6 - text_width(text), y - FONT_HEIGHT * FONT_SCALE / 2, text);
    }
}

enum rst_status plot_draw(const struct plot *plot, uint8_t **pixels, struct rst_error *err)
{
    bool cut;
    size_t bytes = (size_t)3 * PLOT_WIDTH * PLOT_HEIGHT;
    double top = top_of(plot, &cut);
    *pixels = malloc(bytes);
    if (*pixels == NULL) return rst_fail(err, RST_E_NOMEM, "no memory for a plot of %zu bytes", bytes);
    memset(*pixels, 255, bytes);
    draw_count_ticks(top, *pixels);
    for (int32_t band = 0; band < plot->band_count; band++)
        draw_band(plot, &plot->bands[band], top, *pixels);
    paint(*pixels, LEFT - 1, TOP, 1, AREA_HEIGHT + 1, ink, 1);
    paint(*pixels, LEFT - 1, TOP + AREA_HEIGHT, AREA_WIDTH + 1, 1, ink, 1);
    draw_value_ticks(plot, *pixels);
    return RST_OK;
}
