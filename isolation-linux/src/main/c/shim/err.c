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
    struct error err;
    fail(&err, code, what, subject);
    dprintf(STDERR_FILENO, "%s: errno %d\n", err.text, code);
}
