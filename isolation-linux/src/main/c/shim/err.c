#include "err.h"

#include <string.h>
#include <unistd.h>

static size_t append(char *to, size_t at, size_t room, const char *text)
{
    size_t length = strlen(text);
    if (length > room - at)
        length = room - at;
    memcpy(to + at, text, length);
    return at + length;
}

static size_t describe(char *to, size_t room, const char *what, const char *subject)
{
    size_t at = append(to, 0, room, what);
    if (subject != NULL) {
        at = append(to, at, room, " ");
        at = append(to, at, room, subject);
    }
    return at;
}

int fail(struct error *err, int code, const char *what, const char *subject)
{
    err->code = code;
    err->text[describe(err->text, sizeof err->text - 1, what, subject)] = 0;
    return -code;
}

void diagnose(int code, const char *what, const char *subject)
{
    char line[512];
    char digits[12];
    size_t first = sizeof digits - 1;
    unsigned number = (unsigned)code;

    digits[first] = 0;
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);

    size_t at = describe(line, sizeof line - 24, what, subject);
    at = append(line, at, sizeof line - 1, ": errno ");
    at = append(line, at, sizeof line - 1, digits + first);
    line[at++] = '\n';
    /* There is nobody to tell that the diagnostics cannot be written. */
    if (write(STDERR_FILENO, line, at) < 0)
        return;
}
