/* Sequences of calls that nobody would write: any function after any other, with handles that are gone,
 * ids of something else, numbers at every edge and documents with bytes exchanged. Nothing may be
 * touched that is not the caller's, and nothing may be left. `fuzz_calls.h` has the calls, which is made
 * from capi/src.
 *
 * Arguments: a folder with copies of the projects, how many sequences, and the first seed; or the folder and
 * files that each hold one sequence. The folder becomes the current one. */
#define _POSIX_C_SOURCE 200809L
#include "fixtures.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROWS = 4608, POOL = 3, LONGEST = 4096, CALLS_OF_ONE = 48 };

/* Bytes that decide everything; 0 after their end. */
struct stream {
    const uint8_t *bytes;
    size_t length, at;
};

struct text {
    const void *text;
    size_t length;
};

static int turn;

static unsigned draw_byte(struct stream *stream)
{
    return stream->at < stream->length ? stream->bytes[stream->at++] : 0;
}

static uint32_t draw_word(struct stream *stream)
{
    uint32_t word = draw_byte(stream);
    word = word << 8 | draw_byte(stream);
    word = word << 8 | draw_byte(stream);
    return word << 8 | draw_byte(stream);
}

/* Mostly one that was made, which may be gone meanwhile; now and then none. */
static void *draw_handle(struct stream *stream, void **pool)
{
    unsigned byte = draw_byte(stream);
    if (byte < 4) {
        return NULL;
    }
    if (byte < 8) {
        return (void *)(uintptr_t)draw_word(stream);
    }
    return pool[byte % POOL] ? pool[byte % POOL] : pool[0];
}

static uint64_t ids[16];

static void keep_id(uint64_t id)
{
    if (id) {
        ids[turn++ % 16] = id;
    }
}

static uint64_t draw_id(struct stream *stream)
{
    unsigned byte = draw_byte(stream);
    if (byte > 64) {
        return ids[byte % 16];
    }
    return byte > 48 ? UINT64_MAX - byte : byte > 32 ? (uint64_t)draw_word(stream) << 32 | draw_word(stream) : byte % 4;
}

static int64_t draw_whole(struct stream *stream)
{
    static const int64_t EDGES[] = {0, 1, 2, -1, 127, 128, 255, 256, 65535, 65536, INT32_MAX, INT32_MIN, UINT32_MAX};
    unsigned byte = draw_byte(stream);
    return byte < 13 ? EDGES[byte] : byte < 32 ? (int64_t)draw_word(stream) : byte % 8;
}

static double draw_real(struct stream *stream)
{
    static const double EDGES[] = {0.0, 1.0, -1.0, 0.5, 24.0, 3600.0, 1e30, -1e30, 1e-40, 120.0};
    unsigned byte = draw_byte(stream);
    return byte == 0 ? (double)NAN : byte == 1 ? (double)INFINITY : byte == 2 ? -(double)INFINITY : EDGES[byte % 10];
}

/* Words and documents that something begins with. */
static const char *const WORDS[] = {
    "", "master", "music", "coin", "bell", "Coins", "Begin", "danger", "speed", "BASE", "limiter", "ceiling",
    "demo-low", "big", "turbo", "somebody", "post Coins", "set speed 5", "state Pursuit close",
    "{\"stage\": \"ui_spin_press\"}", "{\"stage\": \"reel_stop\", \"reel\": 2}", "{}", "[]",
    "schema = 1\nadapter_id = \"acme\"\n", "{\"spins\": 100}", "{\"seconds\": 0.01}",
    "{\"files\": [\"factory/assets/coin.flac\"]}",
    "{\"inputs\": [\"factory/assets/coin.flac\"], \"output\": \"fuzz.wav\", \"exists\": \"overwrite\", \"target\": -20}",
    "{\"file\": \"factory/assets/coin.flac\", \"output\": \"fuzz.wave\"}",
    "{\"connectors\": [{\"name\": \"tcp\", \"kind\": \"line_server\", \"bind\": \"127.0.0.1:0\"}]}",
    "{\"format\": \"segue.project\", \"version\": 1, \"name\": \"x\"}",
    "{\"format\": \"segue.scenario\", \"version\": 1, \"repeat\": \"forever\", \"steps\": [{}, {\"outcome\": \"lose\"}]}",
    "near_miss", "REEL_STOP_2", "{\"stages\": [{\"stage\": \"ui_spin_press\"}]}",
    "{\"spins\": 2, \"scenario\": \"near_miss\", \"gamble\": 1}",
    "{\"folder\": \"fuzz-made\", \"files\": [\"factory/assets/coin.flac\"]}",
};
enum { WORD_COUNT = sizeof WORDS / sizeof WORDS[0] };

/* The last documents that came out, to be taken in again. */
static char documents[4][LONGEST];
static size_t document_lengths[4];

static void keep_document(const void *data, size_t length)
{
    int place = turn++ % 4;
    if (data && length <= LONGEST) {
        memcpy(documents[place], data, length);
        document_lengths[place] = length;
    }
}

/* Files stay in this folder. */
static const char *path_of(unsigned byte)
{
    static const char *const PATHS[] = {"factory", "lantern", "lantern/game.json", "factory/project.json",
                                        "fuzz.wav", "fuzz.segue", "fuzz.log", "none", "factory/assets/coin.flac"};
    return PATHS[byte % 9];
}

static struct text draw_text(struct stream *stream, const char *function, const char *argument, size_t size)
{
    static char texts[4][LONGEST];
    char *text = texts[turn++ % 4];
    struct text out;
    unsigned byte = draw_byte(stream), exchanges;
    size_t length;
    out.text = text;
    if (strstr(argument, "path") || strstr(argument, "asset")) {
        out.text = path_of(byte);
        out.length = strlen(path_of(byte));
        return out;
    }
    if (byte < 4) {
        out.text = byte < 2 ? NULL : text;
        out.length = byte % 2;
        return out;
    }
    if (byte > 200 && document_lengths[byte % 4]) {
        length = document_lengths[byte % 4];
        memcpy(text, documents[byte % 4], length);
    } else {
        const char *word = WORDS[byte % WORD_COUNT];
        length = strlen(word);
        memcpy(text, word, length);
    }
    /* Bytes of paths are not exchanged: nothing is written elsewhere. */
    if (!memchr(text, '/', length) && !strstr(function, "_convert") && !strstr(function, "_normalize") &&
        !strstr(function, "_batch") && !strstr(function, "_waveform") && !strstr(function, "_live_start") &&
        !strstr(function, "_render") && !strstr(function, "_simulate") && !strstr(function, "_measure") &&
        !strstr(function, "_make")) {
        for (exchanges = draw_byte(stream) % 4; exchanges > 0 && length > 0; exchanges--) {
            text[draw_byte(stream) % length] = (char)draw_byte(stream);
        }
    }
    /* `length` counts values. */
    out.length = length / size;
    return out;
}

/* Bytes of structs are small, so that an engine of any size has a place; its size is right, or is not. */
static void draw_record(struct stream *stream, void *record, size_t all, size_t one, int has_size)
{
    unsigned byte = draw_byte(stream), at;
    uint32_t size = byte < 4 ? byte : byte < 8 ? 4097 : byte < 16 ? (uint32_t)one - 4 : (uint32_t)one;
    memset(record, 0, all);
    for (at = draw_byte(stream) % 4; at > 0; at--) {
        ((uint8_t *)record)[draw_byte(stream) % one] = (uint8_t)draw_byte(stream);
    }
    if (has_size) {
        memcpy(record, &size, sizeof size);
    }
}

static void take_event(void *user_data, const segue_event *event)
{
    (void)user_data;
    keep_id(event->subject);
}

#include "fuzz_calls.h"

/* What every sequence begins with, so that the calls have something to work on. */
static void begin(struct stream *stream)
{
    memset(ids, 0, sizeof ids);
    memset(document_lengths, 0, sizeof document_lengths);
    turn = 0;
    pool_segue_project[0] = open_project();
    pool_segue_engine[0] = make_engine(draw_byte(stream) % 4 ? pool_segue_project[0] : NULL);
    if (draw_byte(stream) % 8 == 0) {
        segue_job *job = NULL;
        /* A sequence before may have saved what cannot be loaded. */
        if (segue_engine_load(pool_segue_engine[0], pool_segue_project[0], &job) == SEGUE_STATUS_OK) {
            EXPECT_OK(segue_job_wait(job, 600000));
        }
        EXPECT_OK(segue_job_destroy(job));
    }
    segue_sound_find(pool_segue_engine[0], TEXT("coin"), &ids[0]);
    segue_bus_find(pool_segue_engine[0], TEXT("master"), &ids[1]);
}

static void run(const uint8_t *bytes, size_t length)
{
    struct stream stream;
    int calls;
    stream.bytes = bytes;
    stream.length = length;
    stream.at = 0;
    begin(&stream);
    for (calls = 0; calls < CALLS_OF_ONE && stream.at < stream.length; calls++) {
        unsigned which = draw_byte(&stream) << 8 | draw_byte(&stream);
        CALLS[which % (sizeof CALLS / sizeof CALLS[0])](&stream);
        keep_id(0);
    }
    end_all();
    expect_nothing_left();
}

/* What libFuzzer calls. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    run(bytes, length);
    return 0;
}

static void run_seed(uint64_t seed)
{
    uint8_t bytes[2048];
    size_t at;
    uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
    for (at = 0; at < sizeof bytes; at++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes[at] = (uint8_t)(state >> 32);
    }
    run(bytes, sizeof bytes);
}

static int run_file(const char *path)
{
    static uint8_t bytes[1 << 16];
    FILE *file = fopen(path, "rb");
    size_t length;
    if (!file) {
        perror(path);
        return 0;
    }
    length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    run(bytes, length);
    return 1;
}

int main(int count, char **words)
{
    uint64_t seed, sequences = count == 4 ? strtoull(words[2], NULL, 10) : 0;
    int at;
    if (count < 3 || chdir(words[1]) != 0) {
        puts("arguments: a folder with copies of the projects, then how many sequences and a first seed, or files");
        return 2;
    }
    project_in(".");
    if (sequences > 0) {
        uint64_t first = strtoull(words[3], NULL, 10);
        for (seed = first; seed < first + sequences; seed++) {
            run_seed(seed);
            if (checks_failed) {
                printf("seed %llu\n", (unsigned long long)seed);
                break;
            }
        }
        printf("%llu sequences of %d calls; ", (unsigned long long)sequences, CALLS_OF_ONE);
        return checks_end("fuzz");
    }
    for (at = 2; at < count; at++) {
        EXPECT_TRUE(run_file(words[at]));
    }
    return checks_end("fuzz");
}
