/* Messages and exit statuses. Which status a failure has follows from its rst_status alone: a request that is wrong in
 * itself (RST_E_ARGUMENT) is wrong usage, whoever found out; a good request that could not be carried out has failed.
 */
#include "cli/message.h"

void message_safe(FILE *to, const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++)
        putc(*c < 0x20 || *c == 0x7f ? '?' : *c, to);
}

enum exit_status message_failure(const struct rst_error *err, enum rst_status status, const char *command)
{
    fputs("rasterctl: ", stderr);
    message_safe(stderr, err->message[0] != '\0' ? err->message : rst_status_text(status));
    putc('\n', stderr);
    if (status == RST_E_CANCELLED) return EXIT_INTERRUPTED;
    if (status != RST_E_ARGUMENT) return EXIT_FAILED;
    fputs("rasterctl: see 'rasterctl help", stderr);
    if (command != NULL) {
        putc(' ', stderr);
        message_safe(stderr, command);
    }
    fputs("'\n", stderr);
    return EXIT_USAGE;
}

void message_warning(const char *text)
{
    fputs("rasterctl: warning: ", stderr);
    message_safe(stderr, text);
    putc('\n', stderr);
}
