/* The Test Anything Protocol, and the byte vectors that the Java codec is tested against too. */
#ifndef TAP_H
#define TAP_H

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_count, tap_failures;

static inline void ok(bool passed, const char *sentence)
{
    tap_count++;
    tap_failures += !passed;
    printf("%sok %d - %s\n", passed ? "" : "not ", tap_count, sentence);
}

static inline int tap_end(void)
{
    printf("1..%d\n", tap_count);
    return tap_failures != 0;
}

/* Reads hex digits, with comments from # to the end of the line; the caller frees. */
static inline uint8_t *vector(const char *directory, const char *name, size_t *size)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.hex", directory, name);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fprintf(stderr, "open %s: %s\n", path, strerror(errno));
        exit(2);
    }
    uint8_t *bytes = malloc(1 << 16);
    int digits = 0;
    for (int c = getc(file); c != EOF; c = getc(file)) {
        if (c == '#') {
            while (c != '\n' && c != EOF)
                c = getc(file);
        } else if (isxdigit(c)) {
            unsigned value = (unsigned)(isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);
            unsigned high = digits % 2 == 0 ? 0 : bytes[digits / 2] * 16U;
            bytes[digits / 2] = (uint8_t)(high + value);
            digits++;
        }
    }
    fclose(file);
    *size = (size_t)digits / 2;
    /* Exactly as large as it is, so that the sanitizer sees the first byte read too many. */
    uint8_t *exact = malloc(*size == 0 ? 1 : *size);
    memcpy(exact, bytes, *size);
    free(bytes);
    return exact;
}

#endif
