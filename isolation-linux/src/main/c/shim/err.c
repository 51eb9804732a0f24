#include "err.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int fail(struct error *err, int code, const char *what, const char *subject)
{
    err->code = (uint32_t)code;
    snprintf(err->text, sizeof err->text, "%s%s%s", what, subject[0] == 0 ? "" : " ", subject);
    err->length = (uint32_t)strlen(err->text);
    return -code;
}

void diagnose(int code, const char *what, const char *subject)
{
    char line[512];
    int size = snprintf(line, sizeof line, "%s %s: errno %d\n", what, subject, code);
    size = size < (int)sizeof line ? size : (int)sizeof line;
    /* There is nobody to tell that the diagnostics cannot be written. */
    if (write(STDERR_FILENO, line, (size_t)size) < 0)
        return;
}
