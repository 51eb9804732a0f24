#include "err.h"

#include <string.h>
#include <unistd.h>

/* Puts what fits of a string before the end. */
static char *append(char *to, const char *end, const char *string)
{
    return mempcpy(to, string, strnlen(string, (size_t)(end - to)));
}

int fail(struct error *err, int code, const char *what, const char *subject)
{
    const char *end = err->text + sizeof err->text - 1;
    char *at = append(err->text, end, what);
    at = append(at, end, subject[0] == 0 ? "" : " ");
    *append(at, end, subject) = 0;
    err->code = (uint32_t)code;
    return -code;
}

void diagnose(int code, const char *what, const char *subject)
{
    struct error err;
    char line[sizeof err.text + 64], *at;
    fail(&err, code, what, subject);
    at = append(line, line + sizeof line, err.text);
    at = append(at, line + sizeof line, ": ");
    at = append(at, line + sizeof line - 1, strerror(code));
    *at++ = '\n';
    /* There is nobody to tell that the diagnostics cannot be written. */
    if (write(STDERR_FILENO, line, (size_t)(at - line)) < 0)
        return;
}
