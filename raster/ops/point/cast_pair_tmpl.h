/* The cast from one pixel type to another.
 *
 * Parameters: T, NAME, TOP, IS_FLOAT from each_type.h, of the type cast from; TO, the short name of the other one,
 * which ends here; of both, the limits in cast_kernels.c. Between integers the limits are those that both types can
 * hold, so that they are exact in T. */
#define TO_T RST_PASTE(TYPE, TO)

static void RST_PASTE(RST_NAME(cast), TO)(const struct rst_point *point, const void *from, void *to, size_t count)
{
    const T *in = from;
    TO_T *out = to;
    (void)point;
#if RST_PASTE(FLOAT, TO)
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++)
        out[i] = (TO_T)in[i];
#elif IS_FLOAT
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++)
        out[i] = RST_PASTE(RST_PASTE(rst, TO), from_f64)((double)in[i]);
#else
    const int64_t from_least = RST_PASTE(LEAST, NAME), to_least = RST_PASTE(LEAST, TO);
    const uint64_t from_most = TOP, to_most = RST_PASTE(MOST, TO);
    const T low = (T)(from_least > to_least ? from_least : to_least);
    const T high = (T)(from_most < to_most ? from_most : to_most);
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++) {
        T v = in[i];
        v = v < low ? low : v;
        out[i] = (TO_T)(v > high ? high : v);
    }
#endif
}

#undef TO_T
#undef TO
