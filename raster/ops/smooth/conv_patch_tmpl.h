/* One result of a convolution from a window in which samples are missing. Parameters: T, NAME and FROM_DOUBLE of
 * each_type.h. */

static void RST_NAME(patch)(const struct rst_conv_plan *plan, const struct rst_conv_state *state,
                            const void *const *sources, const uint8_t *const *masks, const void *centre, size_t at,
                            void *to)
{
    double sum = 0, present = 0;
    for (int tap = 0; tap < plan->direct.count; tap++) {
        bool missing = masks[tap] && masks[tap][at];
        if (missing && plan->renormalise) continue;
        sum += plan->weights[tap] * (double)((const T *)(missing ? centre : sources[tap]))[at];
        present += plan->weights[tap];
    }
    if (plan->renormalise)
        sum = present > 0 ? sum / present * plan->total : plan->total * (double)((const T *)centre)[at];
    ((T *)to)[at] = FROM_DOUBLE(sum / state->divisor + state->bias);
}
