/* "did you mean": the known name nearest to what was typed. */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

struct suggestion {
    const char *typed;
    const char *nearest; /* NULL while nothing is near enough */
    int distance;
};

struct suggestion suggest_start(const char *typed);
void suggest_offer(struct suggestion *suggestion, const char *known);

#endif
