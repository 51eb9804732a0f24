/* Mutates the vectors, deterministically, into the parsers for some seconds: fuzz VECTORS SECONDS */
#include "program.h"
#include "proto.h"
#include "tap.h"

#include <dirent.h>
#include <time.h>

enum { SEEDS_MAX = 64, SIZE_MAX_ = 8192 };

struct seed {
    uint8_t *bytes;
    size_t size;
};

static uint64_t state = 0x9e3779b97f4a7c15;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static size_t load_seeds(const char *directory, struct seed *seeds)
{
    size_t count = 0;
    struct dirent **names;
    int found = scandir(directory, &names, NULL, alphasort);
    for (int i = 0; i < found; i++) {
        char name[256];
        char *dot = strrchr(names[i]->d_name, '.');
        if (dot != NULL && strcmp(dot, ".hex") == 0 && count < SEEDS_MAX) {
            snprintf(name, sizeof name, "%.*s", (int)(dot - names[i]->d_name), names[i]->d_name);
            seeds[count].bytes = vector(directory, name, &seeds[count].size);
            count++;
        }
        free(names[i]);
    }
    free(names);
    return count;
}

static size_t mutate(uint8_t *bytes, const struct seed *seed)
{
    static const uint64_t edges[] = {0, 1, 7, 8, 0x7fffffff, 0xffffffff, 4 << 20, UINT64_MAX};
    size_t size = seed->size < SIZE_MAX_ ? seed->size : SIZE_MAX_;
    memcpy(bytes, seed->bytes, size);
    for (uint64_t n = next_random() % 6; n > 0 && size > 0; n--) {
        size_t at = next_random() % size;
        uint64_t edge = edges[next_random() % (sizeof edges / sizeof *edges)];
        size_t width = (size_t)1 << next_random() % 4;
        switch (next_random() % 4) {
        case 0:
            bytes[at] ^= (uint8_t)(1U << next_random() % 8);
            break;
        case 1:
            memcpy(bytes + at, &edge, width < size - at ? width : size - at);
            break;
        case 2:
            size = at;
            break;
        default:
            bytes[at] = (uint8_t)next_random();
        }
    }
    return size;
}

/* Uses every byte that a request points to, so that the sanitizer sees what is not there. */
static size_t touch(const struct request *request)
{
    const char *const strings[] = {request->id, request->target, request->cgroup, request->log,
                                   request->exit_record};
    size_t sum = 0;
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        sum += strings[i] == NULL ? 0 : strlen(strings[i]);
    for (size_t i = 0; i < request->size; i++)
        sum += request->bytes[i];
    return sum;
}

static size_t parse(uint8_t *bytes, size_t size)
{
    struct frame frame;
    struct request request;
    program_check(bytes, size);
    long length = frame_next(bytes, size, &frame);
    if (length <= 0 || request_decode(&frame, &request) < 0)
        return 0;
    if (frame.type == FRAME_START || frame.type == FRAME_SET_UP)
        program_check(request.bytes, request.size);
    return touch(&request);
}

int main(int argc, char **argv)
{
    struct seed seeds[SEEDS_MAX];
    uint8_t bytes[SIZE_MAX_];
    if (argc != 3)
        return 2;
    size_t count = load_seeds(argv[1], seeds);
    time_t end = time(NULL) + atoi(argv[2]);
    unsigned long rounds = 0;
    size_t touched = 0;
    while (count > 0 && time(NULL) < end) {
        for (int i = 0; i < 1000; i++, rounds++) {
            size_t size = mutate(bytes, &seeds[next_random() % count]);
            /* A copy of exactly that size lets the sanitizer see every byte read beyond it. */
            uint8_t *exact = malloc(size == 0 ? 1 : size);
            memcpy(exact, bytes, size);
            touched += parse(exact, size);
            free(exact);
        }
    }
    for (size_t i = 0; i < count; i++)
        free(seeds[i].bytes);
    printf("%lu inputs from %zu vectors, %zu\n", rounds, count, touched);
    return count == 0;
}
