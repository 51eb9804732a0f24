#include "log.h"
#include "tap.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include <unistd.h>

enum { PREFIX = 40 };

static char path[] = "/tmp/gantry-log-test-XXXXXX";

static struct log fresh(void)
{
    struct log log = {.fd = -1, .path = path};
    unlink(path);
    if (log_open(&log) < 0)
        exit(2);
    return log;
}

static void feed(struct log *log, struct log_carry *carry, const char *stream, const char *text)
{
    size_t size = strlen(text);
    uint8_t *exact = malloc(size + 1);
    memcpy(exact, text, size);
    log_write(log, carry, stream, exact, size);
    free(exact);
}

/* The file's entries without their times: "stdout F text\n" one after the other. */
static char *entries(void)
{
    static char text[1 << 20];
    static char line[1 << 17];
    FILE *file = fopen(path, "r");
    size_t at = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s", line + (PREFIX - 9));
    text[at] = 0;
    if (file != NULL)
        fclose(file);
    return text;
}

static void whole_lines_are_full_entries(void)
{
    struct log_carry carry = {0};
    struct log log = fresh();
    feed(&log, &carry, "stdout", "a\n\nb\n");
    ok(strcmp(entries(), "stdout F a\nstdout F \nstdout F b\n") == 0, "lines, an empty one too");
    log_end(&log, &carry, "stdout");
    log_close(&log);
}

static void parts_of_a_line_wait_for_its_end(void)
{
    struct log_carry out = {0}, err = {0};
    struct log log = fresh();
    feed(&log, &out, "stdout", "one ");
    feed(&log, &err, "stderr", "other\n");
    ok(strcmp(entries(), "stderr F other\n") == 0, "the beginning of a line waits");
    feed(&log, &out, "stdout", "line\nrest");
    ok(strcmp(entries(), "stderr F other\nstdout F one line\n") == 0, "and is written once");
    log_end(&log, &out, "stdout");
    ok(strcmp(entries(), "stderr F other\nstdout F one line\nstdout P rest\n") == 0,
       "what has no newline is a part");
    log_end(&log, &err, "stderr");
    log_close(&log);
}

static size_t contents(const char *text, char *tags)
{
    size_t total = 0, count = 0;
    for (const char *at = text; *at != 0; at = strchr(at, '\n') + 1) {
        tags[count++] = at[7];
        total += (size_t)(strchr(at, '\n') - at) - 9;
    }
    tags[count] = 0;
    return total;
}

static void long_lines_are_split(size_t length, size_t chunk, const char *expected)
{
    char sentence[128], tags[64];
    char *line = malloc(length + 2);
    struct log_carry carry = {0};
    struct log log = fresh();
    memset(line, 'x', length);
    strcpy(line + length, "\n");
    for (size_t at = 0; at < length + 1; at += chunk) {
        size_t size = length + 1 - at < chunk ? length + 1 - at : chunk;
        log_write(&log, &carry, "stdout", (uint8_t *)line + at, size);
    }
    size_t total = contents(entries(), tags);
    snprintf(sentence, sizeof sentence, "a line of %zu in pieces of %zu is %s", length, chunk,
             expected);
    ok(total == length && strcmp(tags, expected) == 0, sentence);
    log_end(&log, &carry, "stdout");
    log_close(&log);
    free(line);
}

/* Not time(2), which is of the last tick of the clock, and so behind what the log reads. */
static time_t seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

static void times_are_real(void)
{
    struct log_carry carry = {0};
    struct log log = fresh();
    char line[128] = "";
    time_t before = seconds();
    feed(&log, &carry, "stdout", "a\n");
    time_t after = seconds();
    FILE *file = fopen(path, "r");
    if (file == NULL || fgets(line, sizeof line, file) == NULL)
        exit(2);
    fclose(file);
    struct tm tm = {0};
    char *rest = strptime(line, "%Y-%m-%dT%H:%M:%S", &tm);
    time_t said = timegm(&tm);
    ok(rest != NULL && rest[0] == '.' && strspn(rest + 1, "0123456789") == 9 && rest[10] == 'Z',
       "a time has nine digits and Z");
    ok(said >= before && said <= after, "and is that of the write");
    log_end(&log, &carry, "stdout");
    log_close(&log);
}

static void reopening_follows_the_name(void)
{
    struct log_carry carry = {0};
    struct log log = fresh();
    char old[64];
    snprintf(old, sizeof old, "%s.1", path);
    feed(&log, &carry, "stdout", "before\n");
    rename(path, old);
    feed(&log, &carry, "stdout", "still old\n");
    ok(log_open(&log) == 0, "reopen");
    feed(&log, &carry, "stdout", "after\n");
    ok(strcmp(entries(), "stdout F after\n") == 0, "the new file has what came later");
    unlink(old);
    const char *name = log.path;
    char missing[] = "/nonexistent/log";
    log.path = missing;
    ok(log_open(&log) == -ENOENT, "a reopen that fails says why");
    log.path = name;
    feed(&log, &carry, "stdout", "more\n");
    ok(strcmp(entries(), "stdout F after\nstdout F more\n") == 0, "and the old file stays in use");
    log_end(&log, &carry, "stdout");
    log_close(&log);
}

static void a_full_disk_tears_no_entry(void)
{
    struct log_carry carry = {0};
    struct log log = fresh();
    struct rlimit before, small = {.rlim_cur = 70};
    getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    feed(&log, &carry, "stdout", "kept\n");
    setrlimit(RLIMIT_FSIZE, &small);
    feed(&log, &carry, "stdout", "lost, since it does not fit\n");
    setrlimit(RLIMIT_FSIZE, &before);
    ok(log.failing, "the failure is known");
    feed(&log, &carry, "stdout", "again\n");
    ok(strcmp(entries(), "stdout F kept\nstdout F again\n") == 0 && !log.failing,
       "a short write leaves whole entries");
    log_end(&log, &carry, "stdout");
    log_close(&log);
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0)
        return 2;
    close(fd);
    whole_lines_are_full_entries();
    parts_of_a_line_wait_for_its_end();
    long_lines_are_split(LOG_LINE_MAX - 1, LOG_BATCH, "F");
    long_lines_are_split(LOG_LINE_MAX, LOG_BATCH, "F");
    long_lines_are_split(LOG_LINE_MAX, LOG_LINE_MAX, "F");
    long_lines_are_split(LOG_LINE_MAX + 1, LOG_BATCH, "PF");
    long_lines_are_split(2 * LOG_LINE_MAX, 1000, "PF");
    long_lines_are_split(100000, 65536, "PPPPPPF");
    long_lines_are_split(100000, 7, "PPPPPPF");
    times_are_real();
    reopening_follows_the_name();
    a_full_disk_tears_no_entry();
    unlink(path);
    return tap_end();
}
