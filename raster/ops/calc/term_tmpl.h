/* One operation over a block of doubles.
 *
 * Parameters, which end here: TERM, its name; RESULT, an expression of u, v and w, the arguments; ARGUMENTS, how many
 * of them there are. */
static void RST_PASTE(term, TERM)(const double *a, const double *b, const double *c, double *to, size_t count)
{
    (void)b;
    (void)c;
    RST_ROW_LOOP
    for (size_t i = 0; i < count; i++) {
        const double u = a[i];
#if ARGUMENTS > 1
        const double v = b[i];
#endif
#if ARGUMENTS > 2
        const double w = c[i];
#endif
        to[i] = RESULT;
    }
}

#undef TERM
#undef RESULT
