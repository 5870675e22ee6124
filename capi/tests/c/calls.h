/* Calls of every function with arguments that are in order, but for what a test wants otherwise.
 * `table_calls.h` has them, which is made from capi/src. */
#ifndef CALLS_H
#define CALLS_H

#include "fixtures.h"

enum { ROWS = 512, PATTERN = 0xA5 };

/* What an out parameter of a handle holds before. */
#define UNTOUCHED ((void *)(uintptr_t)0x5a5a5a50)

/* How a function keeps panics in: not at all, poisoning nothing, or poisoning its handle. */
enum guard { GUARD_NONE, GUARD_CALL, GUARD_HANDLE, GUARD_AUDIO };

/* One call of a function: which argument is what. -1: none. */
struct shot {
    const char *function;
    int null_at;
    int empty_at;
    /* The text whose length is another one. */
    int length_at;
    size_t length;
    int handle_at;
    void *handle;
    int id_at;
    uint64_t id;
    /* A panic that is asked for right before the call, 0: none. */
    uint32_t panic;
};

struct argument {
    int at;
    const char *name;
    /* One of `enum kind`. */
    int kind;
    /* The documentation says that it may be NULL. */
    int is_optional;
    /* Of the caller, with the room in the next argument. */
    int is_array;
    /* A text or bytes of the caller, with the length in the next argument. */
    int is_text;
};

/* An argument that is an id. */
struct id {
    int at;
    const char *name;
};

struct function {
    const char *name;
    segue_status (*call)(const struct shot *);
    const struct argument *arguments;
    int count;
    /* Up to one at -1. */
    const struct id *ids;
    /* Ends what it gets, so it is not called with what others need. */
    int is_end;
    enum guard guard;
    /* What its comment lists. */
    const int32_t *listed;
};

static const char *scratch_folder;

struct text {
    const char *text;
    size_t length;
};

static int failed(segue_status status)
{
    return status != SEGUE_STATUS_OK && status != SEGUE_STATUS_DEFERRED;
}

static void wrong(const struct shot *shot, const char *argument, const char *what)
{
    checks_failed++;
    printf("%s: %s %s (NULL at %d, handle at %d)\n", shot->function, argument, what, shot->null_at,
           shot->handle_at);
}

static void expect_same(const struct shot *shot, const char *argument, const void *is,
                        const void *was, size_t size)
{
    checks_done++;
    if (memcmp(is, was, size) != 0) {
        wrong(shot, argument, "was written by a call that failed");
    }
}

/* Bytes of PATTERN, or a handle that is UNTOUCHED. */
static void expect_untouched(const struct shot *shot, const char *argument, const void *is,
                             size_t size)
{
    const unsigned char *bytes = (const unsigned char *)is;
    void *handle = UNTOUCHED;
    size_t at;
    checks_done++;
    if (size == sizeof handle && memcmp(is, &handle, size) == 0) {
        return;
    }
    for (at = 0; at < size; at++) {
        if (bytes[at] != PATTERN) {
            wrong(shot, argument, "was written by a call that failed");
            return;
        }
    }
}

/* A path in the folder for what the calls write. */
static const char *scratch(const char *name)
{
    static char paths[4][1024];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(paths[turn], sizeof paths[turn], "%s/%s", scratch_folder, name);
    return paths[turn];
}

/* Options as JSON that are in order, so that the call comes to what it writes to. */
static const char *options_of(const char *function)
{
    static char json[4096];
    const char *input = scratch("factory/assets/coin.flac");
    const char *output = scratch("out.wav");
    if (strcmp(function, "segue_batch") == 0) {
        snprintf(json, sizeof json, "{\"jobs\":[{\"input\":\"%s\",\"output\":\"%s\"}]}", input, output);
    } else if (strcmp(function, "segue_convert") == 0) {
        snprintf(json, sizeof json, "{\"inputs\":[\"%s\"],\"output\":\"%s\"}", input, output);
    } else if (strcmp(function, "segue_normalize") == 0) {
        snprintf(json, sizeof json, "{\"inputs\":[\"%s\"],\"output\":\"%s\",\"target\":-23}", input,
                 output);
    } else if (strcmp(function, "segue_measure") == 0) {
        snprintf(json, sizeof json, "{\"files\":[\"%s\"]}", input);
    } else if (strcmp(function, "segue_waveform") == 0) {
        snprintf(json, sizeof json, "{\"file\":\"%s\",\"output\":\"%s\"}", input, scratch("out.wave"));
    } else if (strcmp(function, "segue_live_start") == 0) {
        return "{\"connectors\": [{\"name\": \"tcp\", \"kind\": \"line_server\", \"bind\": \"127.0.0.1:0\"}]}";
    } else if (strcmp(function, "segue_slot_simulate") == 0) {
        return "{\"spins\": 1000}";
    } else if (strcmp(function, "segue_project_make") == 0) {
        snprintf(json, sizeof json, "{\"folder\":\"%s\",\"files\":[\"%s\"]}", scratch("made"), input);
    } else {
        return "{}";
    }
    return json;
}

#define A_SCENARIO "{\"format\": \"segue.scenario\", \"version\": 1, \"steps\": [{}, {\"outcome\": \"lose\"}]}"

/* Words that are found or taken, by the names of functions and arguments; "" is any. */
static const char *const WORDS[][3] = {
    {"segue_sound_find", "", "coin"},
    {"segue_live_command", "name", "pause"},
    {"segue_live_command", "args", "{}"},
    {"segue_name_find", "", "Coins"},
    {"segue_insert_find", "name", "ceiling"},
    {"segue_object_add", "", "somebody"},
    {"segue_bus_add", "", "another"},
    {"", "kind", "limiter"},
    {"", "preset", "broadcast"},
    {"", "from", "drums"},
    {"", "to", "squash"},
    {"", "line", "post Coins"},
    {"", "asset", "coin"},
    {"segue_slot_open_builtin", "", "demo-low"},
    {"segue_slot_force", "", "lose"},
    {"segue_slot_get_stages", "", "normal"},
    {"segue_slot_set_scenario_builtin", "", "near_miss"},
    {"segue_slot_check_scenario", "", A_SCENARIO},
    {"segue_slot_set_scenario", "", A_SCENARIO},
    {"segue_stages_lookup", "", "REEL_STOP_2"},
    {"segue_stages_resolve", "stages", "[]"},
    {"segue_stages_resolve", "timing", "normal"},
    {"segue_adapter_cover", "adapter", "schema = 1\nadapter_id = \"acme\"\n"},
    {"segue_stage_post", "stage", "{\"stage\": \"ui_spin_press\"}"},
    {"segue_stages_validate", "stages", "[]"},
    {"segue_insert_set_preset", "json", "{\"kind\": \"compressor\", \"params\": {\"ratio\": 3}}"},
    {"segue_adapter_check", "", "schema = 1\nadapter_id = \"acme\"\n"},
    {"segue_live_set_adapter", "", "schema = 1\nadapter_id = \"acme\"\n"},
};

/* A document that the library has made, which stays until the program ends. */
static struct text kept(char *place, size_t most, segue_buffer *document)
{
    struct text text = {place, 0};
    EXPECT_TRUE(document->length <= most);
    if (document->length <= most) {
        memcpy(place, document->data, document->length);
        text.length = document->length;
    }
    EXPECT_OK(segue_buffer_free(document));
    return text;
}

/* The adaptive profile of the project as it is: another one might not fit it. */
static struct text own_profile(void)
{
    static char json[65536];
    static struct text text;
    if (!text.length) {
        segue_buffer profile = {0};
        segue_project *project = open_project();
        EXPECT_OK(segue_project_get_profile(project, &profile));
        text = kept(json, sizeof json, &profile);
        EXPECT_OK(segue_project_destroy(project));
    }
    return text;
}

/* What a game has played: only its own rows play again. */
static struct text own_log(void)
{
    static char rows[65536];
    static struct text text;
    if (!text.length) {
        segue_buffer log = {0};
        segue_slot *slot = make_segue_slot();
        EXPECT_OK(segue_slot_take_log(slot, &log));
        text = kept(rows, sizeof rows, &log);
        EXPECT_OK(segue_slot_destroy(slot));
    }
    return text;
}

static struct text fixture_text(const char *function, const char *argument)
{
    struct text text = {"master", 0};
    size_t at;
    if (strcmp(function, "segue_project_set_profile") == 0) {
        return own_profile();
    }
    if (strcmp(function, "segue_slot_replay") == 0) {
        return own_log();
    }
    if (strstr(function, "_open") || strcmp(function, "segue_project_relocate") == 0) {
        text.text = project_folder;
    } else if (strstr(function, "_states_")) {
        text.text = scratch("out.states");
    } else if (strstr(argument, "log")) {
        text.text = scratch("out.log");
    } else if (strstr(argument, "path")) {
        text.text = scratch(strstr(function, "_pack") ? "out.segue" : "out.wav");
    } else if (strstr(argument, "options")) {
        text.text = options_of(function);
    }
    for (at = 0; at < sizeof WORDS / sizeof WORDS[0]; at++) {
        if ((!*WORDS[at][0] || strcmp(WORDS[at][0], function) == 0) &&
            (!*WORDS[at][1] || strcmp(WORDS[at][1], argument) == 0)) {
            text.text = WORDS[at][2];
            break;
        }
    }
    text.length = strlen(text.text);
    return text;
}

/* An id that is alive where the name of the argument says of what, else a small number. */
static uint64_t fixture_number(const char *function, const char *argument)
{
    segue_engine *engine = the_engine();
    uint64_t id = 0;
    /* What one call removes, others do not need. */
    if (strcmp(function, "segue_bus_remove") == 0) {
        segue_bus_find(engine, TEXT("sfx"), &id);
    } else if (strcmp(argument, "bus") == 0) {
        segue_bus_find(engine, TEXT("ui"), &id);
    } else if (strcmp(argument, "output") == 0) {
        segue_bus_find(engine, TEXT("master"), &id);
    } else if (strcmp(function, "segue_insert_remove") == 0) {
        segue_insert_find(engine, TEXT("music"), TEXT("tone"), &id);
    } else if (strcmp(argument, "sound") == 0) {
        segue_sound_find(engine, TEXT("coin"), &id);
    } else if (strcmp(function, "segue_insert_set_preset") == 0 && strcmp(argument, "insert") == 0) {
        segue_insert_find(engine, TEXT("music"), TEXT("glue"), &id);
    } else if (strcmp(argument, "insert") == 0) {
        segue_insert_find(engine, TEXT("master"), TEXT("ceiling"), &id);
    } else if (strcmp(argument, "send") == 0) {
        segue_send_find(engine, TEXT("drums"), TEXT("squash"), &id);
    } else if (strcmp(argument, "event") == 0) {
        segue_name_find(engine, SEGUE_NAME_EVENT, TEXT("Coins"), &id);
    } else if (strcmp(argument, "rtpc") == 0) {
        segue_name_find(engine, SEGUE_NAME_RTPC, TEXT("speed"), &id);
    } else if (strcmp(argument, "signal") == 0) {
        segue_name_find(engine, SEGUE_NAME_SIGNAL, TEXT("danger"), &id);
        segue_signal_set(engine, id, 1.0F, 0);
    } else if (strcmp(argument, "context") == 0) {
        segue_name_find(engine, SEGUE_NAME_CONTEXT, TEXT("BASE"), &id);
    } else if (strcmp(argument, "stinger") == 0) {
        segue_name_find(engine, SEGUE_NAME_STINGER, TEXT("alarm"), &id);
    } else if (strcmp(argument, "container") == 0) {
        segue_name_find(engine, SEGUE_NAME_CONTAINER, TEXT("pass"), &id);
    } else if (strcmp(argument, "group") == 0 && strstr(function, "_state_")) {
        segue_name_find(engine, SEGUE_NAME_STATE_GROUP, TEXT("Pursuit"), &id);
    } else if (strcmp(argument, "playing") == 0 && strstr(function, "_playing_")) {
        uint64_t event = 0;
        segue_name_find(engine, SEGUE_NAME_EVENT, TEXT("Coins"), &event);
        segue_event_post(engine, event, 0, NULL, 0, &id);
    } else if (strcmp(argument, "analyser") == 0) {
        static uint64_t analyser;
        uint64_t bus = 0;
        if (!analyser) {
            segue_bus_find(engine, TEXT("master"), &bus);
            segue_analyser_add(engine, bus, NULL, &analyser);
        }
        id = analyser;
    } else if (strcmp(argument, "voice") == 0) {
        uint64_t sound = 0;
        segue_sound_find(engine, TEXT("coin"), &sound);
        segue_voice_play(engine, sound, NULL, 0, &id);
    }
    if (id) {
        return id;
    }
    if (strcmp(argument, "channel_count") == 0) {
        return 2;
    }
    if (strcmp(argument, "frames") == 0) {
        return 64;
    }
    if (strcmp(function, "segue_job_wait") == 0) {
        return 0;
    }
    return strcmp(argument, "control") == 0 || strcmp(argument, "kind") == 0;
}

#define fixture_segue_event_sink take_event

static void take_event(void *user_data, const segue_event *event)
{
    (void)user_data;
    (void)event;
}

/* What each test does right before a call. */
static void arm(const struct shot *shot);

#include "table_calls.h"

static const struct shot NOTHING = {"", -1, -1, -1, 0, -1, NULL, -1, 0, 0};

static void expect(const struct shot *shot, const char *argument, segue_status status,
                   segue_status wanted)
{
    char is[64], should[64];
    checks_done++;
    if (status != wanted) {
        checks_failed++;
        printf("%s: %s: %s, not %s\n", shot->function, argument, status_text(status, is),
               status_text(wanted, should));
    }
}

#endif
