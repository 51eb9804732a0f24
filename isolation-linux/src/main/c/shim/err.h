/*
 * The error convention of the shim: a function that can fail returns 0 or -errno; where a human is
 * to read of it, it takes a struct error and says there, once and at the place that knows, what was
 * being done. Nothing below main ends the process. Own messages go to the diagnostics file, whole
 * lines at a time, and are never needed to understand an answer. No printf(3) anywhere: every
 * pod's shim would keep the memory that it dirties.
 */
#ifndef SHIM_ERR_H
#define SHIM_ERR_H

#include <stdint.h>

enum stage { STAGE_REQUEST, STAGE_PREPARATION, STAGE_PROGRAM };

/* Laid out as ERROR carries it, with as much of the text as there is. */
struct error {
    uint32_t stage, op; /* where a launch failed */
    uint32_t code;      /* errno */
    char text[256];     /* what was being done, and with what */
};

/* Records a failure and returns -code. What does not fit is cut. */
int fail(struct error *err, int code, const char *what, const char *subject);

/* Appends "what subject: the error in words" to the diagnostics (descriptor 2). */
void diagnose(int code, const char *what, const char *subject);

#endif
