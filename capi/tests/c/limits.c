/* Every limit: what is just within it is taken, what is just over it is refused by name.
 * Argument: a folder with the project `factory`. */
#include "fixtures.h"

#include <stdlib.h>

#define ROWS 64

static segue_limit limits[ROWS];
static size_t limit_count;

static const segue_limit *limit_of(const char *name)
{
    size_t at;
    for (at = 0; at < limit_count; at++) {
        if (limits[at].name_length == strlen(name) &&
            memcmp(limits[at].name, name, limits[at].name_length) == 0) {
            return &limits[at];
        }
    }
    printf("no limit is called %s\n", name);
    exit(1);
}

static void read_limits(void)
{
    limits[0].struct_size = (uint32_t)sizeof limits[0];
    EXPECT_OK(segue_get_limits(limits, ROWS, &limit_count));
    EXPECT_TRUE(limit_count > 10 && limit_count < ROWS);
}

/* The last error says which limit it was. */
static void expect_named(const char *name)
{
    char text[1024];
    checks_done++;
    if (strstr(error_text(text, sizeof text), name) == NULL) {
        checks_failed++;
        printf("the error names no %s: %s\n", name, text);
    }
}

static segue_status engine_with(uint32_t *place, segue_engine_config *config, uint64_t value)
{
    segue_engine *engine = NULL;
    segue_status status;
    *place = (uint32_t)value;
    status = segue_engine_create(SEGUE_ABI, config, NULL, &engine);
    segue_engine_destroy(engine);
    *place = 0;
    return status;
}

/* Sizes that an engine is made with. */
static void sizes_of_engines(void)
{
    segue_engine_config config;
    struct {
        const char *name;
        uint32_t *place;
        segue_status refusal;
    } sizes[] = {
        {"sample_rate", &config.sample_rate, SEGUE_STATUS_INVALID_ARGUMENT},
        {"buses", &config.buses, SEGUE_STATUS_LIMIT_EXCEEDED},
        {"inserts", &config.inserts, SEGUE_STATUS_LIMIT_EXCEEDED},
        {"sends", &config.sends, SEGUE_STATUS_LIMIT_EXCEEDED},
        {"sounds", &config.sounds, SEGUE_STATUS_LIMIT_EXCEEDED},
        {"real_voices", &config.real_voices, SEGUE_STATUS_LIMIT_EXCEEDED},
        {"virtual_voices", &config.virtual_voices, SEGUE_STATUS_LIMIT_EXCEEDED},
        {"commands", &config.commands, SEGUE_STATUS_LIMIT_EXCEEDED},
        {"streams", &config.streams, SEGUE_STATUS_LIMIT_EXCEEDED},
    };
    size_t at;
    memset(&config, 0, sizeof config);
    config.struct_size = (uint32_t)sizeof config;
    for (at = 0; at < sizeof sizes / sizeof sizes[0]; at++) {
        const segue_limit *limit = limit_of(sizes[at].name);
        segue_status status = engine_with(sizes[at].place, &config, limit->max);
        expect_status_at(__LINE__, sizes[at].name, status, SEGUE_STATUS_OK);
        status = engine_with(sizes[at].place, &config, limit->max + 1);
        expect_status_at(__LINE__, sizes[at].name, status, sizes[at].refusal);
        expect_named(sizes[at].name);
        /* 0 is the default. */
        if (limit->min > 0) {
            status = engine_with(sizes[at].place, &config, limit->min);
            expect_status_at(__LINE__, sizes[at].name, status, SEGUE_STATUS_OK);
        }
        if (limit->min > 1) {
            status = engine_with(sizes[at].place, &config, limit->min - 1);
            expect_at(__LINE__, sizes[at].name,
                      status == SEGUE_STATUS_INVALID_ARGUMENT || status == SEGUE_STATUS_LIMIT_EXCEEDED);
        }
    }
}

/* How many of each kind can live. */
static void counts_of_handles(void)
{
    enum { MOST = 1024 };
    static segue_engine *engines[MOST];
    static segue_project *projects[MOST];
    static segue_job *jobs[MOST];
    uint64_t most = limit_of("capi_engines")->max, at;
    segue_engine_config small;
    segue_project *one_more = NULL;
    segue_engine *no_engine = NULL;
    segue_job *no_job = NULL;
    memset(&small, 0, sizeof small);
    small.struct_size = (uint32_t)sizeof small;
    small.sounds = small.real_voices = small.buses = 1;
    small.commands = 64;
    for (at = 0; at < most; at++) {
        EXPECT_OK(segue_engine_create(SEGUE_ABI, &small, NULL, &engines[at]));
    }
    EXPECT(LIMIT_EXCEEDED, segue_engine_create(SEGUE_ABI, &small, NULL, &no_engine));
    EXPECT_TRUE(no_engine == NULL);
    most = limit_of("capi_projects")->max;
    for (at = 0; at < most; at++) {
        projects[at] = open_project();
    }
    EXPECT(LIMIT_EXCEEDED, segue_project_open(SEGUE_ABI, TEXT(project_folder), &one_more));
    EXPECT_TRUE(one_more == NULL);
    most = limit_of("capi_jobs")->max;
    for (at = 0; at < most; at++) {
        EXPECT_OK(segue_engine_load(engines[at % 8], projects[0], &jobs[at]));
        EXPECT_OK(segue_job_cancel(jobs[at]));
    }
    EXPECT(LIMIT_EXCEEDED, segue_engine_load(engines[0], projects[0], &no_job));
    EXPECT_TRUE(no_job == NULL);
    for (at = 0; at < MOST; at++) {
        EXPECT_OK(segue_job_destroy(jobs[at]));
        EXPECT_OK(segue_project_destroy(projects[at]));
        EXPECT_OK(segue_engine_destroy(engines[at]));
    }
    expect_nothing_left();
}

/* A text of `length` letters, freed by the caller. */
static char *letters(size_t length)
{
    char *text = (char *)malloc(length);
    if (!text) {
        exit(1);
    }
    memset(text, 'a', length);
    return text;
}

static void lengths(void)
{
    segue_engine *engine = the_engine();
    segue_project *project = NULL;
    size_t name = (size_t)limit_of("capi_name_bytes")->max;
    size_t path = (size_t)limit_of("capi_path_bytes")->max;
    size_t document = (size_t)limit_of("capi_document_bytes")->max;
    uint64_t id = 0;
    char *text = letters(path + 1);
    EXPECT(UNKNOWN_NAME, segue_bus_find(engine, text, name, &id));
    EXPECT(LIMIT_EXCEEDED, segue_bus_find(engine, text, name + 1, &id));
    EXPECT(LIMIT_EXCEEDED, segue_bus_find(engine, text, SIZE_MAX, &id));
    /* A name of 4,096 bytes is more than a file system takes; another error than that of the limit. */
    EXPECT_TRUE(segue_project_open(SEGUE_ABI, text, path, &project) != SEGUE_STATUS_LIMIT_EXCEEDED);
    EXPECT(LIMIT_EXCEEDED, segue_project_open(SEGUE_ABI, text, path + 1, &project));
    /* Refused before anything is read: there are not that many bytes. */
    EXPECT(LIMIT_EXCEEDED,
           segue_project_open_memory(SEGUE_ABI, (const uint8_t *)text, document + 1, &project));
    EXPECT(LIMIT_EXCEEDED,
           segue_project_open_memory(SEGUE_ABI, (const uint8_t *)text, SIZE_MAX, &project));
    free(text);
}

/* `text` with spaces behind it. */
static char *padded(const char *text, size_t length)
{
    char *document = letters(length);
    memset(document, ' ', length);
    memcpy(document, text, strlen(text));
    return document;
}

/* Documents of Segue's own formats, and states of plug-ins. */
static void documents(void)
{
    static const char SCENARIO[] = "{\"format\": \"segue.scenario\", \"version\": 1, \"steps\": [{}]}";
    const size_t most = 16u << 20;
    segue_project *project = open_project();
    segue_slot *slot = make_segue_slot(), *none = NULL;
    segue_buffer found = {0};
    char *text = padded(SCENARIO, most + 1);
    EXPECT_OK(segue_slot_check_scenario(slot, text, most));
    EXPECT(LIMIT_EXCEEDED, segue_slot_check_scenario(slot, text, most + 1));
    EXPECT_OK(segue_slot_set_scenario(slot, text, most));
    EXPECT(LIMIT_EXCEEDED, segue_slot_set_scenario(slot, text, most + 1));
    EXPECT(INVALID_DOCUMENT, segue_slot_open_memory(SEGUE_ABI, text, most, &none));
    EXPECT(LIMIT_EXCEEDED, segue_slot_open_memory(SEGUE_ABI, text, most + 1, &none));
    EXPECT_OK(segue_project_state_set(project, TEXT("a"), (const uint8_t *)text, most));
    EXPECT(LIMIT_EXCEEDED, segue_project_state_set(project, TEXT("a"), (const uint8_t *)text, most + 1));
    free(text);
    text = padded("[]", most + 1);
    EXPECT_OK(segue_stages_validate(text, most, &found));
    EXPECT_OK(segue_buffer_free(&found));
    EXPECT(LIMIT_EXCEEDED, segue_stages_validate(text, most + 1, &found));
    free(text);
    /* Objects and lists inside one another: 32 in a stage. */
    {
        enum { ROOM = 256 };
        char deep[ROOM];
        int depth, at;
        for (depth = 31; depth <= 32; depth++) {
            strcpy(deep, "[{\"stage\": \"ui_spin_press\", \"payload\": {\"a\": ");
            for (at = 0; at < depth - 1; at++) {
                strcat(deep, "[");
            }
            for (at = 0; at < depth - 1; at++) {
                strcat(deep, "]");
            }
            strcat(deep, "}}]");
            if (depth == 31) {
                EXPECT_OK(segue_stages_validate(TEXT(deep), &found));
                EXPECT_OK(segue_buffer_free(&found));
            } else {
                EXPECT(INVALID_DOCUMENT, segue_stages_validate(TEXT(deep), &found));
            }
        }
    }
    EXPECT_OK(segue_slot_destroy(slot));
    EXPECT_OK(segue_project_destroy(project));
}

static void blocks(void)
{
    segue_engine *engine = the_engine();
    uint32_t most = 1u << 20, channels = (uint32_t)limit_of("capi_channels")->max, at;
    float *samples = (float *)malloc((size_t)most * sizeof *samples);
    float *planes[17];
    EXPECT_OK(segue_engine_process_interleaved(engine, samples, 1, most));
    EXPECT(LIMIT_EXCEEDED, segue_engine_process_interleaved(engine, samples, 1, most + 1));
    EXPECT(LIMIT_EXCEEDED, segue_engine_process_interleaved(engine, samples, 1, UINT32_MAX));
    EXPECT_OK(segue_engine_process_interleaved(engine, samples, channels, 64));
    EXPECT(LIMIT_EXCEEDED, segue_engine_process_interleaved(engine, samples, channels + 1, 64));
    EXPECT(INVALID_ARGUMENT, segue_engine_process_interleaved(engine, samples, 0, 64));
    EXPECT_OK(segue_engine_process_interleaved(engine, samples, 2, 0));
    /* (NULL, 0) is empty, (NULL, n) is none. */
    EXPECT_OK(segue_engine_process_interleaved(engine, NULL, 2, 0));
    EXPECT(NULL_POINTER, segue_engine_process_interleaved(engine, NULL, 2, 1));
    EXPECT(INVALID_ARGUMENT, segue_engine_process_interleaved(engine, NULL, 0, 0));
    for (at = 0; at < 17; at++) {
        planes[at] = samples + (size_t)at * 64;
    }
    EXPECT_OK(segue_engine_process(engine, planes, channels, 64));
    EXPECT(LIMIT_EXCEEDED, segue_engine_process(engine, planes, channels + 1, 64));
    EXPECT(INVALID_ARGUMENT, segue_engine_process(engine, planes, 0, 64));
    EXPECT(LIMIT_EXCEEDED, segue_engine_process(engine, planes, 1, most + 1));
    /* Two channels in one place. */
    EXPECT(INVALID_ARGUMENT, segue_engine_process(engine, planes, 2, 65));
    planes[1] = NULL;
    EXPECT(NULL_POINTER, segue_engine_process(engine, planes, 2, 64));
    EXPECT_OK(segue_engine_process(engine, planes, 2, 0));
    EXPECT(NULL_POINTER, segue_engine_process(engine, NULL, 2, 0));
    free(samples);
}

static void values(void)
{
    segue_engine *engine = the_engine();
    uint32_t wait = (uint32_t)limit_of("capi_wait_ms")->max;
    uint64_t bus = 0, sound = 0, voice = 0;
    segue_play_options options;
    EXPECT_OK(segue_job_wait(the_job(), wait));
    EXPECT(INVALID_ARGUMENT, segue_job_wait(the_job(), wait + 1));
    EXPECT_OK(segue_bus_find(engine, TEXT("sfx"), &bus));
    EXPECT_OK(segue_bus_set(engine, bus, SEGUE_BUS_GAIN_DB, 24.0f, 3600.0, 0));
    EXPECT(INVALID_ARGUMENT, segue_bus_set(engine, bus, SEGUE_BUS_GAIN_DB, 24.01f, 0.0, 0));
    EXPECT(INVALID_ARGUMENT, segue_bus_set(engine, bus, SEGUE_BUS_GAIN_DB, 0.0f, 3600.1, 0));
    EXPECT(INVALID_ARGUMENT, segue_bus_set(engine, bus, SEGUE_BUS_GAIN_DB, 0.0f, -0.1, 0));
    EXPECT_OK(segue_bus_set(engine, bus, SEGUE_BUS_PAN, -1.0f, 0.0, 0));
    EXPECT(INVALID_ARGUMENT, segue_bus_set(engine, bus, SEGUE_BUS_PAN, -1.01f, 0.0, 0));
    EXPECT(INVALID_ARGUMENT, segue_bus_set(engine, bus, SEGUE_BUS_MUTE, 0.5f, 0.0, 0));
    EXPECT(INVALID_ARGUMENT, segue_bus_set(engine, bus, 0, 0.0f, 0.0, 0));
    EXPECT(INVALID_ARGUMENT, segue_bus_set(engine, bus, 5, 0.0f, 0.0, 0));
    EXPECT_OK(segue_sound_find(engine, TEXT("coin"), &sound));
    memset(&options, 0, sizeof options);
    options.struct_size = (uint32_t)sizeof options;
    options.pitch_st = 36.0f;
    options.gain_db = 24.0f;
    EXPECT_OK(segue_voice_play(engine, sound, &options, 0, &voice));
    options.pitch_st = 36.1f;
    EXPECT(INVALID_ARGUMENT, segue_voice_play(engine, sound, &options, 0, &voice));
    EXPECT(INVALID_ARGUMENT, segue_voice_set(engine, voice, 0, 0.0f, 0.0, 0));
    EXPECT(INVALID_ARGUMENT, segue_voice_set(engine, voice, 6, 0.0f, 0.0, 0));
    EXPECT_OK(segue_voice_set(engine, voice, SEGUE_VOICE_PRIORITY, 100.0f, 0.0, 0));
    EXPECT(INVALID_ARGUMENT, segue_voice_set(engine, voice, SEGUE_VOICE_PRIORITY, 101.0f, 0.0, 0));
    EXPECT_OK(segue_note_send(engine, 15, 127, 1.0f, 0));
    EXPECT(INVALID_ARGUMENT, segue_note_send(engine, 16, 127, 1.0f, 0));
    EXPECT(INVALID_ARGUMENT, segue_note_send(engine, 15, 128, 1.0f, 0));
    EXPECT(INVALID_ARGUMENT, segue_note_send(engine, 15, 127, 1.01f, 0));
    EXPECT_OK(segue_transport_seek(engine, 1e8, 0));
    EXPECT(INVALID_ARGUMENT, segue_transport_seek(engine, 1.001e8, 0));
    EXPECT(INVALID_ARGUMENT, segue_transport_seek(engine, -1.0, 0));
    EXPECT_OK(segue_transport_seek(engine, 0.0, 0));
}

/* Slot games: steps of a scenario, rounds of a gamble, spins that are skipped. */
static void slots(void)
{
    static const char ENDLESS[] =
        "{\"format\": \"segue.scenario\", \"version\": 1, \"repeat\": \"forever\", \"steps\": [{}]}";
    uint32_t steps = (uint32_t)limit_of("capi_slot_steps")->max;
    size_t rounds = (size_t)limit_of("capi_gamble_rounds")->max;
    uint64_t skip = limit_of("capi_slot_skip")->max;
    segue_slot *slot = make_segue_slot();
    segue_job *job = NULL, *none = NULL;
    segue_buffer document = {0};
    segue_slot_spin_record spin;
    uint32_t *choices = (uint32_t *)calloc(rounds + 1, sizeof *choices);
    if (!choices) {
        exit(1);
    }
    EXPECT_OK(segue_slot_set_scenario(slot, TEXT(ENDLESS)));
    EXPECT(INVALID_ARGUMENT, segue_slot_play_scenario(slot, steps + 1, &none));
    EXPECT_OK(segue_slot_play_scenario(slot, steps, &job));
    EXPECT_OK(segue_job_destroy(job));
    EXPECT(LIMIT_EXCEEDED, segue_slot_gamble(slot, choices, rounds + 1, &document));
    EXPECT(LIMIT_EXCEEDED, segue_slot_gamble(slot, choices, SIZE_MAX, &document));
    memset(&spin, 0, sizeof spin);
    spin.struct_size = (uint32_t)sizeof spin;
    EXPECT(INVALID_ARGUMENT, segue_slot_spin_at(slot, choices, 0, &spin));
    EXPECT(INVALID_ARGUMENT, segue_slot_spin_at(slot, NULL, 0, &spin));
    EXPECT(NULL_POINTER, segue_slot_spin_at(slot, NULL, 1, &spin));
    EXPECT(INVALID_ARGUMENT, segue_slot_spin_at(slot, choices, 8, &spin));
    EXPECT(LIMIT_EXCEEDED, segue_slot_spin_at(slot, choices, 9, &spin));
    EXPECT(LIMIT_EXCEEDED, segue_slot_spin_at(slot, choices, SIZE_MAX, &spin));
    EXPECT_OK(segue_slot_force(slot, TEXT("small"), &job));
    finish(job, SEGUE_STATUS_OK);
    EXPECT_OK(segue_slot_gamble(slot, choices, rounds, &document));
    EXPECT_OK(segue_buffer_free(&document));
    EXPECT(INVALID_ARGUMENT, segue_slot_begin(slot, 1, 1, skip + 1));
    EXPECT_TRUE(none == NULL && document.data == NULL);
    EXPECT_OK(segue_slot_destroy(slot));
    free(choices);
}

/* The queue of commands: as many as it takes, then an error, and room again after a block. */
static void queue(void)
{
    segue_engine *engine = NULL;
    segue_engine_config config;
    uint64_t most = limit_of("commands")->min, sent = 0;
    float samples[128];
    memset(&config, 0, sizeof config);
    config.struct_size = (uint32_t)sizeof config;
    config.commands = (uint32_t)most;
    EXPECT_OK(segue_engine_create(SEGUE_ABI, &config, NULL, &engine));
    while (sent <= most && segue_transport_play(engine, 0) == SEGUE_STATUS_OK) {
        sent++;
    }
    EXPECT_TRUE(sent == most);
    EXPECT(QUEUE_FULL, segue_transport_play(engine, 0));
    EXPECT_OK(segue_engine_process_interleaved(engine, samples, 2, 64));
    EXPECT_OK(segue_engine_update(engine));
    EXPECT_OK(segue_transport_play(engine, 0));
    EXPECT_OK(segue_engine_destroy(engine));
}

int main(int count, char **words)
{
    if (count != 2) {
        puts("argument: a folder with the project `factory`");
        return 2;
    }
    project_in(words[1]);
    read_limits();
    sizes_of_engines();
    counts_of_handles();
    lengths();
    documents();
    blocks();
    values();
    slots();
    queue();
    fixtures_end();
    expect_nothing_left();
    return checks_end("limits");
}
