#include "err.h"

#include <stdio.h>
#include <unistd.h>

int fail(struct error *err, int code, const char *what, const char *subject)
{
    err->code = code;
    snprintf(err->text, sizeof err->text, "%s%s%s", what, subject[0] == 0 ? "" : " ", subject);
    return -code;
}

void diagnose(int code, const char *what, const char *subject)
{
    struct error err;
    fail(&err, code, what, subject);
    dprintf(STDERR_FILENO, "%s: errno %d\n", err.text, code);
}
