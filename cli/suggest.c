/* Nearness is the edit distance (Levenshtein, one row of the table at a time). A name is offered where at most a third
 * of what was typed, and never more than three letters, would have to change; or where what was typed starts it. */
#include "cli/suggest.h"

#include <stddef.h>
#include <string.h>

enum { LONGEST = 32, FARTHEST = 3 };

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static int distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    int row[LONGEST + 1];
    for (size_t j = 0; j <= b_length; j++)
        row[j] = (int)j;
    for (size_t i = 1; i <= a_length; i++) {
        int diagonal = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= b_length; j++) {
            int above = row[j];
            int replaced = diagonal + (a[i - 1] != b[j - 1]);
            row[j] = smaller(replaced, smaller(above, row[j - 1]) + 1);
            diagonal = above;
        }
    }
    return row[b_length];
}

struct suggestion suggest_start(const char *typed)
{
    return (struct suggestion){typed, NULL, FARTHEST + 1};
}

void suggest_offer(struct suggestion *suggestion, const char *known)
{
    size_t typed = strlen(suggestion->typed), length = strlen(known);
    if (typed == 0 || typed > LONGEST || length > LONGEST) return;
    int apart = distance(suggestion->typed, typed, known, length);
    if (typed >= 3 && strncmp(suggestion->typed, known, typed) == 0)
        apart = smaller(apart, 1);
    else if (apart > (int)(typed + 2) / 3)
        return;
    if (apart >= suggestion->distance) return;
    suggestion->distance = apart;
    suggestion->nearest = known;
}
