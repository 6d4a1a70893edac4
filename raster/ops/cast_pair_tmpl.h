/* The cast from one type to another. Defined before including: FROM and TO (their suffixes); the rest by
 * cast_kernels.c. Between integers the limits are those that both types can hold, so that they are exact in FROM. */

static void CAST_NAME(FROM, TO)(const struct rst_point *point, const void *from, void *to, size_t count)
{
    const JOIN(TYPE_, FROM) *in = from;
    JOIN(TYPE_, TO) *out = to;
    (void)point;
#if JOIN(FLOAT_, TO)
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++)
        out[i] = (JOIN(TYPE_, TO))in[i];
#elif JOIN(FLOAT_, FROM)
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++)
        out[i] = ROUND(TO, (double)in[i]);
#else
    const int64_t from_least = JOIN(LEAST_, FROM), to_least = JOIN(LEAST_, TO);
    const uint64_t from_most = JOIN(MOST_, FROM), to_most = JOIN(MOST_, TO);
    const JOIN(TYPE_, FROM) low = (JOIN(TYPE_, FROM))(from_least > to_least ? from_least : to_least);
    const JOIN(TYPE_, FROM) high = (JOIN(TYPE_, FROM))(from_most < to_most ? from_most : to_most);
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++) {
        JOIN(TYPE_, FROM) v = in[i];
        v = v < low ? low : v;
        out[i] = (JOIN(TYPE_, TO))(v > high ? high : v);
    }
#endif
}

#undef TO
