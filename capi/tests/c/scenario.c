/* What a program may do wrong, and what comes of it. Argument: a folder with the project `factory`. */
#define _POSIX_C_SOURCE 200809L
#include "fixtures.h"

#include <pthread.h>
#include <stdlib.h>

/* The composed version can be compared by the preprocessor, and is that of the library. */
#if SEGUE_MAKE_VERSION(1, 2, 3) != 1002003
#error the parts of a version do not compose it
#endif
#if SEGUE_VERSION < SEGUE_MAKE_VERSION(0, 1, 0)
#error "the version does not compose"
#endif
#if SEGUE_VERSION != SEGUE_VERSION_MAJOR * 1000000 + SEGUE_VERSION_MINOR * 1000 + SEGUE_VERSION_PATCH
#error "the version has lost a part"
#endif

static void versions(void)
{
    uint32_t major = 99, minor = 99, patch = 99;
    char text[32];
    segue_engine *engine = NULL;
    segue_project *project = NULL;
    EXPECT_TRUE(segue_get_abi() == SEGUE_ABI);
    EXPECT_OK(segue_get_version(&major, &minor, &patch));
    EXPECT_TRUE(SEGUE_MAKE_VERSION(major, minor, patch) == SEGUE_VERSION);
    snprintf(text, sizeof text, "%u.%u.%u", (unsigned)major, (unsigned)minor, (unsigned)patch);
    EXPECT_TRUE(strcmp(text, SEGUE_VERSION_TEXT) == 0);
    EXPECT(ABI_MISMATCH, segue_engine_create(SEGUE_ABI + 1, NULL, NULL, &engine));
    EXPECT(ABI_MISMATCH, segue_project_open(0, TEXT(project_folder), &project));
    EXPECT_TRUE(engine == NULL && project == NULL);
}

static void *look_for_error(void *user_data)
{
    char text[64];
    *(int *)user_data = error_text(text, sizeof text)[0] == 0;
    return NULL;
}

static void errors(void)
{
    char text[1024], again[1024], tiny[4] = {'x', 'x', 'x', 'x'};
    size_t length = 0;
    int is_empty = 0;
    uint64_t bus = 7;
    pthread_t thread;
    EXPECT_OK(segue_error_clear());
    EXPECT_TRUE(error_text(text, sizeof text)[0] == 0);
    EXPECT(UNKNOWN_NAME, segue_bus_find(the_engine(), TEXT("no such bus"), &bus));
    EXPECT_TRUE(bus == 7);
    error_text(text, sizeof text);
    EXPECT_TRUE(strstr(text, "segue_bus_find: ") == text && strstr(text, "no such bus") != NULL);
    /* A text that is too long writes its length alone, and leaves the error as it was. */
    EXPECT(BUFFER_TOO_SMALL, segue_error_get_text(tiny, sizeof tiny, &length));
    EXPECT_TRUE(length == strlen(text) && memcmp(tiny, "xxxx", 4) == 0);
    EXPECT_TRUE(strcmp(error_text(again, sizeof again), text) == 0);
    /* Success leaves it too, and so do the functions of the audio thread. */
    EXPECT_OK(segue_engine_update(the_engine()));
    EXPECT(NULL_POINTER, segue_engine_process_interleaved(the_engine(), NULL, 2, 64));
    EXPECT_TRUE(strcmp(error_text(again, sizeof again), text) == 0);
    /* Every thread has its own. */
    EXPECT_TRUE(pthread_create(&thread, NULL, look_for_error, &is_empty) == 0);
    EXPECT_TRUE(pthread_join(thread, NULL) == 0 && is_empty);
    EXPECT(INVALID_UTF8, segue_bus_find(the_engine(), "\xff\xfe", 2, &bus));
    EXPECT(NULL_POINTER, segue_bus_find(the_engine(), NULL, 3, &bus));
    EXPECT_OK(segue_status_get_name(12345, text, sizeof text, &length));
    EXPECT_TRUE(length == 7 && memcmp(text, "UNKNOWN", 7) == 0);
}

/* Handles can be destroyed in any order, and twice. */
static void ends(void)
{
    static const int ORDERS[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    size_t order, step;
    for (order = 0; order < 6; order++) {
        segue_project *project = open_project();
        segue_engine *engine = make_engine(project);
        segue_job *job = NULL;
        EXPECT_OK(segue_engine_load(engine, project, &job));
        for (step = 0; step < 3; step++) {
            switch (ORDERS[order][step]) {
            case 0:
                EXPECT_OK(segue_engine_destroy(engine));
                EXPECT(STALE_HANDLE, segue_engine_destroy(engine));
                EXPECT(STALE_HANDLE, segue_engine_update(engine));
                break;
            case 1:
                EXPECT_OK(segue_project_destroy(project));
                EXPECT(STALE_HANDLE, segue_project_destroy(project));
                break;
            default:
                EXPECT_OK(segue_job_destroy(job));
                EXPECT(STALE_HANDLE, segue_job_destroy(job));
                EXPECT(STALE_HANDLE, segue_job_wait(job, 0));
            }
        }
    }
    EXPECT_OK(segue_engine_destroy(NULL));
    EXPECT_OK(segue_project_destroy(NULL));
    EXPECT_OK(segue_job_destroy(NULL));
    EXPECT_OK(segue_buffer_free(NULL));
    expect_nothing_left();
}

/* The same of games: a live one and its engine, a slot game and a job that works on it. */
static void ends_of_games(void)
{
    static const int ORDERS[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static const char LIVE[] =
        "{\"connectors\": [{\"name\": \"tcp\", \"kind\": \"line_server\", \"bind\": \"127.0.0.1:0\"}]}";
    size_t order, step;
    for (order = 0; order < 18; order++) {
        segue_engine *engine = make_engine(NULL);
        segue_live *live = NULL;
        segue_slot *slot = NULL;
        segue_job *job = NULL;
        EXPECT_OK(segue_live_start(engine, TEXT(LIVE), &live));
        EXPECT_OK(segue_slot_open_builtin(SEGUE_ABI, TEXT("demo-low"), &slot));
        /* A job that only reads the game, and one that has taken its player. */
        if (order < 6) {
            EXPECT_OK(segue_slot_simulate(slot, TEXT("{\"spins\": 1000000000}"), &job));
        } else if (order < 12) {
            EXPECT_OK(segue_slot_force(slot, TEXT("big"), &job));
        } else {
            EXPECT_OK(segue_slot_set_scenario_builtin(slot, TEXT("win_showcase")));
            EXPECT_OK(segue_slot_play_scenario(slot, 0, &job));
        }
        for (step = 0; step < 3; step++) {
            switch (ORDERS[order % 6][step]) {
            case 0:
                EXPECT_OK(segue_engine_destroy(engine));
                EXPECT(STALE_HANDLE, segue_engine_destroy(engine));
                break;
            case 1:
                EXPECT_OK(segue_slot_destroy(slot));
                EXPECT(STALE_HANDLE, segue_slot_destroy(slot));
                EXPECT(STALE_HANDLE, segue_slot_spin(slot, NULL));
                break;
            default:
                EXPECT_OK(segue_live_destroy(live));
                EXPECT(STALE_HANDLE, segue_live_destroy(live));
                EXPECT(STALE_HANDLE, segue_live_finish(live, NULL));
                EXPECT_OK(segue_job_destroy(job));
            }
        }
    }
    EXPECT_OK(segue_slot_destroy(NULL));
    EXPECT_OK(segue_live_destroy(NULL));
    expect_nothing_left();
}

/* A scenario step by step, as a game shows it: what to wait, a spin, its stages. */
static void shows(void)
{
    static const char SHOW[] = "{\"format\": \"segue.scenario\", \"version\": 1, \"steps\": ["
                               "{\"outcome\": \"small\", \"delay_ms\": 250}, {\"stops\": [3, 1, 4, 1, 5]}, {}]}";
    segue_slot *slot = NULL;
    segue_slot_step step;
    segue_buffer document = {0};
    uint64_t shown = 0;
    memset(&step, 0, sizeof step);
    step.struct_size = (uint32_t)sizeof step;
    EXPECT_OK(segue_slot_open_builtin(SEGUE_ABI, TEXT("demo-studio"), &slot));
    EXPECT(NOTHING, segue_slot_get_step(slot, &step));
    EXPECT_OK(segue_slot_check_scenario(slot, TEXT(SHOW)));
    EXPECT(INVALID_DOCUMENT, segue_slot_set_scenario(slot, TEXT("{}")));
    EXPECT_OK(segue_slot_set_scenario(slot, TEXT(SHOW)));
    while (segue_slot_get_step(slot, &step) == SEGUE_STATUS_OK) {
        segue_job *job = NULL;
        EXPECT_TRUE(step.step == shown && step.played == shown && step.left == 3 - shown);
        EXPECT_TRUE(step.delay_ms == (shown == 0 ? 250U : 0U) && step.is_endless == 0);
        EXPECT_OK(segue_slot_play_scenario(slot, 1, &job));
        EXPECT_OK(segue_job_wait(job, 600000));
        EXPECT_OK(segue_job_get_result(job, &document));
        EXPECT_TRUE(document.length > 2 && document.data[0] == '{');
        EXPECT_OK(segue_buffer_free(&document));
        EXPECT_OK(segue_job_destroy(job));
        EXPECT_OK(segue_slot_get_stages(slot, NULL, NULL, 0, &document));
        EXPECT_OK(segue_buffer_free(&document));
        shown++;
    }
    EXPECT_TRUE(shown == 3);
    EXPECT_OK(segue_slot_set_scenario(slot, NULL, 0));
    EXPECT(NULL_POINTER, segue_slot_set_scenario(slot, NULL, 1));
    EXPECT(NOTHING, segue_slot_get_scenario(slot, &document));
    EXPECT_OK(segue_slot_destroy(slot));
    expect_nothing_left();
}

static void stale_ids(void)
{
    segue_engine *engine = make_engine(NULL);
    uint64_t master = 0, bus = 0, other = 0, insert = 0, send = 0;
    float samples[128];
    EXPECT_OK(segue_bus_find(engine, TEXT("master"), &master));
    EXPECT(DEFERRED, segue_bus_add(engine, TEXT("a"), master, &bus));
    EXPECT(DEFERRED, segue_bus_add(engine, TEXT("b"), master, &other));
    EXPECT(DEFERRED, segue_insert_add(engine, bus, 0, TEXT("limiter"), NULL, 0, &insert));
    EXPECT(DEFERRED, segue_send_add(engine, bus, other, 0.0f, 0, &send));
    EXPECT_OK(segue_mixer_commit(engine));
    EXPECT_OK(segue_engine_process_interleaved(engine, samples, 2, 64));
    EXPECT_OK(segue_bus_set(engine, bus, SEGUE_BUS_GAIN_DB, 0.0f, 0.0, 0));
    EXPECT_OK(segue_insert_set_mix(engine, insert, 1.0f, 0));
    EXPECT_OK(segue_send_set_gain(engine, send, 0.0f, 0));
    EXPECT(DEFERRED, segue_bus_remove(engine, bus));
    EXPECT(STALE_ID, segue_bus_remove(engine, bus));
    EXPECT(STALE_ID, segue_bus_set(engine, bus, SEGUE_BUS_GAIN_DB, 0.0f, 0.0, 0));
    EXPECT(STALE_ID, segue_insert_set_mix(engine, insert, 1.0f, 0));
    EXPECT(STALE_ID, segue_insert_remove(engine, insert));
    EXPECT(STALE_ID, segue_send_set_gain(engine, send, 0.0f, 0));
    EXPECT(STALE_ID, segue_send_remove(engine, send));
    /* The place is used again; the old id does not name what is there now. */
    EXPECT(DEFERRED, segue_bus_add(engine, TEXT("a"), master, &other));
    EXPECT_TRUE(other != bus);
    EXPECT(STALE_ID, segue_bus_set_output(engine, bus, master));
    EXPECT(STALE_ID, segue_voice_play(engine, 0, NULL, 0, NULL));
    EXPECT(STALE_ID, segue_voice_stop(engine, 0, 0.0, 0));
    EXPECT(STALE_ID, segue_bus_set_output(engine, UINT64_MAX, master));
    EXPECT_OK(segue_engine_destroy(engine));
}

/* An array that is too short learns how long it must be, and nothing else. */
static void short_arrays(void)
{
    segue_engine *engine = the_engine();
    segue_bus_info rows[16], before;
    uint64_t master = 0;
    char name[6] = {'x', 'x', 'x', 'x', 'x', 'x'};
    size_t length = 0, count = 0;
    EXPECT_OK(segue_bus_find(engine, TEXT("master"), &master));
    EXPECT(BUFFER_TOO_SMALL, segue_bus_get_name(engine, master, NULL, 0, &length));
    EXPECT_TRUE(length == 6);
    EXPECT(BUFFER_TOO_SMALL, segue_bus_get_name(engine, master, name, 5, &length));
    EXPECT_TRUE(length == 6 && memcmp(name, "xxxxxx", 6) == 0);
    EXPECT_OK(segue_bus_get_name(engine, master, name, 6, &length));
    EXPECT_TRUE(memcmp(name, "master", 6) == 0);
    EXPECT(BUFFER_TOO_SMALL, segue_engine_get_buses(engine, NULL, 0, &count));
    EXPECT_TRUE(count > 1 && count <= 16);
    memset(rows, 0x77, sizeof rows);
    rows[0].struct_size = (uint32_t)sizeof rows[0];
    before = rows[1];
    length = 0;
    EXPECT(BUFFER_TOO_SMALL, segue_engine_get_buses(engine, rows, count - 1, &length));
    EXPECT_TRUE(length == count && memcmp(&rows[1], &before, sizeof before) == 0);
    EXPECT_OK(segue_engine_get_buses(engine, rows, count, &length));
    EXPECT_TRUE(rows[0].bus == master && rows[count - 1].struct_size == sizeof rows[0]);
}

/* Structs of callers who are older or newer than the library. */
static void struct_sizes(void)
{
    segue_engine *engine = NULL;
    struct {
        segue_engine_config config;
        uint32_t tail[4];
    } newer;
    union {
        segue_engine_state state;
        unsigned char bytes[sizeof(segue_engine_state) + 16];
    } out;
    size_t known = sizeof(segue_engine_state), at;
    memset(&newer, 0, sizeof newer);
    newer.config.struct_size = (uint32_t)sizeof newer;
    newer.config.sample_rate = 44100;
    EXPECT_OK(segue_engine_create(SEGUE_ABI, &newer.config, NULL, &engine));
    /* Longer: what the library does not know becomes 0, no byte after it is touched. */
    memset(&out, 0x77, sizeof out);
    out.state.struct_size = (uint32_t)(known + 8);
    EXPECT_OK(segue_engine_get_state(engine, &out.state));
    EXPECT_TRUE(out.state.struct_size == known + 8 && out.state.sample_rate == 44100);
    for (at = known; at < sizeof out.bytes; at++) {
        EXPECT_TRUE(out.bytes[at] == (at < known + 8 ? 0 : 0x77));
    }
    /* Shorter: only as much as the caller knows. */
    memset(&out, 0x77, sizeof out);
    out.state.struct_size = 16;
    EXPECT_OK(segue_engine_get_state(engine, &out.state));
    EXPECT_TRUE(out.state.sample_rate == 44100 && out.bytes[16] == 0x77 && out.bytes[known - 1] == 0x77);
    for (at = 0; at < 4; at++) {
        out.state.struct_size = (uint32_t)at;
        EXPECT(STRUCT_SIZE, segue_engine_get_state(engine, &out.state));
    }
    {
        /* As long as a struct of a newer caller may be, and one byte more; what this version does not know becomes 0. */
        static union {
            segue_engine_state state;
            unsigned char bytes[4097];
        } longest;
        memset(&longest, 0x77, sizeof longest);
        longest.state.struct_size = 4096;
        EXPECT_OK(segue_engine_get_state(engine, &longest.state));
        EXPECT_TRUE(longest.bytes[known] == 0 && longest.bytes[4095] == 0 && longest.bytes[4096] == 0x77);
    }
    out.state.struct_size = 4097;
    EXPECT(STRUCT_SIZE, segue_engine_get_state(engine, &out.state));
    out.state.struct_size = 4;
    EXPECT_OK(segue_engine_get_state(engine, &out.state));
    EXPECT_OK(segue_engine_destroy(engine));
    /* A field that this version does not know and that is not 0 would be ignored: refused. */
    engine = NULL;
    newer.tail[3] = 1;
    EXPECT(STRUCT_SIZE, segue_engine_create(SEGUE_ABI, &newer.config, NULL, &engine));
    EXPECT_TRUE(engine == NULL);
    /* Older: all after the rate is the default. */
    newer.config.struct_size = 8;
    newer.config.commands = 1;
    EXPECT_OK(segue_engine_create(SEGUE_ABI, &newer.config, NULL, &engine));
    EXPECT_OK(segue_engine_destroy(engine));
}

struct heard {
    segue_engine *engine;
    uint64_t sound;
    int events;
    int nested;
};

/* Calls back into the library from within dispatch. */
static void hear(void *user_data, const segue_event *event)
{
    struct heard *heard = (struct heard *)user_data;
    uint64_t frame = 0;
    heard->events++;
    EXPECT_TRUE(event->struct_size == sizeof *event);
    EXPECT_OK(segue_engine_get_frame(heard->engine, &frame));
    if (heard->events == 1) {
        uint32_t count = 0;
        EXPECT_OK(segue_voice_play(heard->engine, heard->sound, NULL, 0, NULL));
        EXPECT_OK(segue_engine_dispatch(heard->engine, hear, heard, 1, &count));
        heard->nested += (int)count;
        EXPECT(IN_CALLBACK, segue_engine_destroy(heard->engine));
    }
}

static void callbacks(void)
{
    struct heard heard = {NULL, 0, 0, 0};
    segue_project *project = open_project();
    uint32_t count = 0;
    float samples[2 * 480];
    int at;
    heard.engine = make_engine(project);
    load(heard.engine, project);
    EXPECT_OK(segue_sound_find(heard.engine, TEXT("coin"), &heard.sound));
    for (at = 0; at < 3; at++) {
        EXPECT_OK(segue_voice_play(heard.engine, heard.sound, NULL, 0, NULL));
    }
    /* Events come 10 ms behind what is rendered. */
    for (at = 0; at < 2; at++) {
        EXPECT_OK(segue_engine_process_interleaved(heard.engine, samples, 2, 480));
    }
    EXPECT_OK(segue_engine_dispatch(heard.engine, hear, &heard, 0, &count));
    EXPECT_TRUE(heard.events == (int)count + heard.nested && heard.nested == 1 && heard.events >= 3);
    EXPECT_OK(segue_engine_destroy(heard.engine));
    EXPECT_OK(segue_project_destroy(project));
}

/* Any blocks give the same bits, planar or interleaved. */
static void blocks(void)
{
    enum { FRAMES = 4800 };
    static float whole[2][FRAMES], parts[2 * FRAMES];
    float *planes[2];
    uint32_t at = 0, length = 1;
    uint64_t sound = 0;
    double energy = 0;
    int turn, is_equal = 1;
    planes[0] = whole[0];
    planes[1] = whole[1];
    for (turn = 0; turn < 2; turn++) {
        segue_project *project = open_project();
        segue_engine *engine = make_engine(project);
        load(engine, project);
        EXPECT_OK(segue_project_destroy(project));
        EXPECT_OK(segue_sound_find(engine, TEXT("bell"), &sound));
        EXPECT_OK(segue_voice_play(engine, sound, NULL, 0, NULL));
        EXPECT_OK(segue_transport_play(engine, 0));
        if (turn == 0) {
            EXPECT_OK(segue_engine_process(engine, planes, 2, FRAMES));
        }
        for (at = 0; turn == 1 && at < FRAMES; at += length, length = length % 777 + 13) {
            length = length > FRAMES - at ? FRAMES - at : length;
            EXPECT_OK(segue_engine_process_interleaved(engine, parts + 2 * at, 2, length));
        }
        EXPECT_OK(segue_engine_destroy(engine));
        /* Silence, not what was there, when there is nobody to ask. */
        if (turn == 1) {
            float left[8] = {1, 1, 1, 1, 1, 1, 1, 1};
            EXPECT(STALE_HANDLE, segue_engine_process_interleaved(engine, left, 1, 8));
            for (at = 0; at < 8; at++) {
                EXPECT_TRUE(left[at] == 0.0f);
            }
        }
    }
    for (at = 0; at < FRAMES; at++) {
        is_equal &= whole[0][at] == parts[2 * at] && whole[1][at] == parts[2 * at + 1];
        energy += (double)whole[0][at] * whole[0][at];
    }
    EXPECT_TRUE(is_equal && energy > 1e-3);
}

static void jobs(void)
{
    segue_project *project = open_project();
    segue_engine *engine = make_engine(project);
    segue_buffer document = {0};
    segue_job_progress progress;
    segue_job *job = NULL;
    char text[1024];
    load(engine, project);
    /* An asynchronous error: the call succeeds, the job fails, and its text is that of the last error. */
    EXPECT(WRONG_ORDER, segue_engine_load(engine, project, &job));
    EXPECT_TRUE(job == NULL);
    EXPECT_OK(segue_waveform(SEGUE_ABI, TEXT("{\"file\": \"no-such-file.flac\"}"), &job));
    EXPECT_OK(segue_job_wait(job, 600000));
    EXPECT(NOT_FOUND, segue_job_get_result(job, &document));
    EXPECT_TRUE(document.data == NULL && strlen(error_text(text, sizeof text)) > 20);
    memset(&progress, 0, sizeof progress);
    progress.struct_size = (uint32_t)sizeof progress;
    EXPECT_OK(segue_job_get_progress(job, &progress));
    EXPECT_TRUE(progress.is_over == 1 && progress.elapsed_s >= 0 && progress.left_s == 0);
    EXPECT_OK(segue_job_cancel(job));
    EXPECT_OK(segue_job_destroy(job));
    /* A document can be taken twice; each is the caller's, and freeing it twice does nothing. */
    EXPECT_OK(segue_engine_reload(engine, project, &job));
    EXPECT_OK(segue_job_wait(job, 600000));
    EXPECT_OK(segue_job_get_result(job, &document));
    EXPECT_TRUE(document.length > 2 && document.data[0] == '{');
    EXPECT_OK(segue_buffer_free(&document));
    EXPECT_TRUE(document.data == NULL && document.length == 0);
    EXPECT_OK(segue_buffer_free(&document));
    EXPECT_OK(segue_job_get_result(job, &document));
    EXPECT_OK(segue_buffer_free(&document));
    EXPECT_OK(segue_job_destroy(job));
    EXPECT_OK(segue_engine_destroy(engine));
    EXPECT_OK(segue_project_destroy(project));
}

/* An engine that only a destructor of the program ends, as that of a singleton does. */
static segue_engine *the_last;

static void end_the_last(void)
{
    EXPECT_OK(segue_engine_destroy(the_last));
    expect_nothing_left();
    if (checks_failed) {
        puts("scenario: an engine does not end with the program");
        fflush(stdout);
        _Exit(1);
    }
}

int main(int count, char **words)
{
    if (count != 2) {
        puts("argument: a folder with the project `factory`");
        return 2;
    }
    project_in(words[1]);
    ends();
    ends_of_games();
    shows();
    versions();
    errors();
    stale_ids();
    short_arrays();
    struct_sizes();
    callbacks();
    blocks();
    jobs();
    fixtures_end();
    expect_nothing_left();
    EXPECT_OK(segue_engine_create(SEGUE_ABI, NULL, NULL, &the_last));
    EXPECT_TRUE(atexit(end_the_last) == 0);
    return checks_end("scenario");
}
