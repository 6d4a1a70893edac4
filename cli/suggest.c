/* Nearness is the edit distance. A name is offered where at most a third of what was typed, and never more than three
 * letters, would have to change; or where what was typed starts it. */
#include "cli/suggest.h"

#include <stddef.h>
#include <string.h>

#include "raster/raster.h"

enum { FARTHEST = 3 };

struct suggestion suggest_start(const char *typed)
{
    return (struct suggestion){typed, NULL, FARTHEST + 1};
}

void suggest_offer(struct suggestion *suggestion, const char *known)
{
    size_t typed = strlen(suggestion->typed), length = strlen(known);
    if (typed == 0 || typed > RST_SPELLING_LONGEST || length > RST_SPELLING_LONGEST) return;
    int apart = rst_spelling_distance(suggestion->typed, known);
    if (typed >= 3 && strncmp(suggestion->typed, known, typed) == 0)
        apart = apart < 1 ? apart : 1;
    else if (apart > (int)(typed + 2) / 3)
        return;
    if (apart >= suggestion->distance) return;
    suggestion->distance = apart;
    suggestion->nearest = known;
}
