/* Every function with each of its pointers NULL in turn, with handles that are destroyed, never made or of another kind.
 * What is called, `table_calls.h` says, which is made from capi/src. Argument: a folder with a copy of the
 * project `factory`; calls write into both. */
#include "fixtures.h"

enum { ROWS = 512, PATTERN = 0xA5 };

/* What an out parameter of a handle holds before. */
#define UNTOUCHED ((void *)(uintptr_t)0x5a5a5a50)

enum kind { NO_HANDLE, KIND_segue_engine, KIND_segue_job, KIND_segue_project, KINDS };

/* One call of a function: which argument is what. -1: none. */
struct shot {
    const char *function;
    int null_at;
    int empty_at;
    int handle_at;
    void *handle;
};

struct argument {
    int at;
    const char *name;
    enum kind kind;
    /* The documentation says that it may be NULL. */
    int is_optional;
    /* Of the caller, with the room in the next argument. */
    int is_array;
};

struct function {
    const char *name;
    segue_status (*call)(const struct shot *);
    const struct argument *arguments;
    int count;
    /* Ends what it gets, so it is not called with what others need. */
    int is_end;
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
    } else {
        return "{}";
    }
    return json;
}

/* Words that are found or taken, by the names of functions and arguments; "" is any. */
static const char *const WORDS[][3] = {
    {"segue_sound_find", "", "coin"},
    {"segue_name_find", "", "Coins"},
    {"segue_insert_find", "name_text", "ceiling"},
    {"segue_object_add", "", "somebody"},
    {"segue_bus_add", "", "another"},
    {"", "kind_text", "limiter"},
    {"", "from_text", "drums"},
    {"", "to_text", "squash"},
    {"", "line", "post Coins"},
    {"", "asset", "coin"},
};

static struct text fixture_text(const char *function, const char *argument)
{
    struct text text = {"master", 0};
    size_t at;
    if (strstr(function, "_open") || strcmp(function, "segue_project_relocate") == 0) {
        text.text = project_folder;
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
    segue_engine *engine = fixture_segue_engine();
    uint64_t id = 0;
    if (strcmp(argument, "bus") == 0 || strcmp(argument, "output") == 0) {
        segue_bus_find(engine, TEXT("ui"), &id);
    } else if (strcmp(argument, "sound") == 0) {
        segue_sound_find(engine, TEXT("coin"), &id);
    } else if (strcmp(argument, "insert") == 0) {
        segue_insert_find(engine, TEXT("master"), TEXT("ceiling"), &id);
    } else if (strcmp(argument, "send") == 0) {
        segue_send_find(engine, TEXT("drums"), TEXT("squash"), &id);
    } else if (strcmp(argument, "event") == 0) {
        segue_name_find(engine, SEGUE_NAME_EVENT, TEXT("Coins"), &id);
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
        segue_voice_play(engine, sound, NULL, &id);
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

#include "table_calls.h"

/* Handles that are none: destroyed, of another kind, never made. */
static void *destroyed(enum kind kind)
{
    segue_project *project = open_project();
    segue_engine *engine = make_engine(project);
    segue_job *job = NULL;
    if (kind == KIND_segue_job) {
        EXPECT_OK(segue_engine_load(engine, project, &job));
    }
    EXPECT_OK(segue_job_destroy(job));
    EXPECT_OK(segue_engine_destroy(engine));
    EXPECT_OK(segue_project_destroy(project));
    return kind == KIND_segue_engine ? (void *)engine
           : kind == KIND_segue_job  ? (void *)job
                                     : (void *)project;
}

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

static const struct shot NOTHING = {"", -1, -1, -1, NULL};

/* What the call answers when all is well, as far as these fixtures can make it so. */
static segue_status usual(const struct function *function)
{
    struct shot shot = NOTHING;
    shot.function = function->name;
    return function->is_end ? SEGUE_STATUS_OK : function->call(&shot);
}

static void try_null(const struct function *function, const struct argument *argument)
{
    struct shot shot = NOTHING;
    segue_status status;
    shot.function = function->name;
    shot.null_at = argument->at;
    status = function->call(&shot);
    if (!argument->is_optional) {
        expect(&shot, argument->name, status, SEGUE_STATUS_NULL_POINTER);
    } else if (failed(status)) {
        expect(&shot, argument->name, status, usual(function));
    } else {
        checks_done++;
    }
    if (argument->is_array) {
        shot.empty_at = argument->at;
        status = function->call(&shot);
        if (status != SEGUE_STATUS_BUFFER_TOO_SMALL) {
            expect(&shot, argument->name, status, usual(function));
        }
    }
}

static void try_handles(const struct function *function, const struct argument *argument)
{
    void *others[KINDS];
    void *none[4];
    size_t at;
    others[KIND_segue_engine] = fixture_segue_engine();
    others[KIND_segue_job] = fixture_segue_job();
    others[KIND_segue_project] = fixture_segue_project();
    none[0] = destroyed(argument->kind);
    none[1] = others[argument->kind % (KINDS - 1) + 1];
    none[2] = (void *)(uintptr_t)1;
    none[3] = (void *)function;
    for (at = 0; at < 4; at++) {
        struct shot shot = NOTHING;
        shot.function = function->name;
        shot.handle_at = argument->at;
        shot.handle = none[at];
        expect(&shot, argument->name, function->call(&shot), SEGUE_STATUS_STALE_HANDLE);
    }
}

int main(int count, char **words)
{
    size_t at, functions = sizeof FUNCTIONS / sizeof FUNCTIONS[0];
    int argument, succeeded = 0, pointers = 0;
    if (count != 2) {
        puts("argument: a folder with a copy of the project `factory`");
        return 2;
    }
    scratch_folder = words[1];
    project_in(scratch_folder);
    fixture_segue_engine();
    for (at = 0; at < functions; at++) {
        const struct function *function = &FUNCTIONS[at];
        succeeded += !failed(usual(function));
        for (argument = 0; argument < function->count; argument++) {
            pointers++;
            try_null(function, &function->arguments[argument]);
            if (function->arguments[argument].kind != NO_HANDLE) {
                try_handles(function, &function->arguments[argument]);
            }
        }
    }
    fixtures_end();
    expect_nothing_left();
    printf("%d functions, %d pointers; %d calls succeed when all is well\n", (int)functions, pointers,
           succeeded);
    return checks_end("table");
}
